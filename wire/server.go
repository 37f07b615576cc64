package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// DefaultPort is the port of a Gearman server, registered with IANA.
const DefaultPort = "4730"

// ParseServers parses comma-separated lists of HOST, HOST:PORT, [IPV6]:PORT and bare IPv6 addresses. It returns them as
// host:port, in order and without duplicates. An empty host is localhost, an empty port DefaultPort; empty items are dropped.
// A port is a number from 1 to 65535 or a service name.
func ParseServers(items ...string) ([]string, error) {
	var servers []string
	for _, item := range items {
		for s := range strings.SplitSeq(item, ",") {
			s = strings.TrimSpace(s)
			if s == "" {
				continue
			}
			server, err := parseServer(s)
			if err != nil {
				return nil, fmt.Errorf("server %.100q: %w", s, err)
			}
			if !slices.Contains(servers, server) {
				servers = append(servers, server)
			}
		}
	}
	return servers, nil
}

func parseServer(s string) (string, error) {
	if strings.Contains(s, "://") {
		return "", errors.New("is a URL: only host and port are wanted")
	}
	host, port, err := splitServer(s)
	if err != nil {
		return "", err
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = DefaultPort
	}
	if strings.ContainsFunc(host, notInHost) {
		return "", errors.New("a host name has no blanks, control bytes, brackets, / or @")
	}
	n, err := net.LookupPort("tcp", port)
	if err != nil || n == 0 {
		return "", fmt.Errorf("port %.20q is not a number from 1 to 65535", port)
	}
	return net.JoinHostPort(host, strconv.Itoa(n)), nil
}

func notInHost(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(" /@[]", r) }

func splitServer(s string) (host, port string, err error) {
	bare := s
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		bare = s[1 : len(s)-1]
	}
	if _, err := netip.ParseAddr(bare); err == nil {
		return bare, "", nil
	}
	if !strings.Contains(s, ":") {
		return s, "", nil
	}
	host, port, err = net.SplitHostPort(s)
	if err != nil {
		return "", "", errors.New("not HOST, HOST:PORT or [IPV6]:PORT")
	}
	return host, port, nil
}
