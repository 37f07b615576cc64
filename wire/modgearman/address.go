package modgearman

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

const defaultPort = "4730"

// addresses returns the servers that an option means: without blanks around them, and completed as the programs of dialect d
// do: a missing host is 0.0.0.0, and a missing port 4730, except for dupserver in Go. In C, an empty item of server= is
// 0.0.0.0:4730.
func (c *Config) addresses(option string, d Dialect) []string {
	var list []string
	for _, e := range c.all(option, d) {
		for item := range strings.SplitSeq(e.value(d), ",") {
			item = completeAddress(strings.TrimSpace(item), option, d)
			if item != "" && !slices.Contains(list, item) {
				list = append(list, item)
			}
		}
	}
	return list
}

func completeAddress(item, option string, d Dialect) string {
	if item == "" && (d == DialectGo || option != "server") {
		return ""
	}
	if d == DialectGo && option == "dupserver" {
		return item
	}
	host, port, found := strings.Cut(item, ":")
	switch {
	case strings.HasPrefix(item, "["):
		if strings.HasSuffix(item, "]") {
			return item + ":" + defaultPort
		}
		return item
	case !found:
		port = defaultPort
	}
	if host == "" {
		host = "0.0.0.0"
	}
	return host + ":" + port
}

// addressesRead returns the servers of an option as the programs of dialect d read them: C keeps blanks, and turns each port into
// a number of 16 bits.
func (c *Config) addressesRead(option string, d Dialect) []string {
	var list []string
	for _, e := range c.all(option, d) {
		for item := range strings.SplitSeq(e.value(d), ",") {
			switch {
			case d == DialectC:
				item = addressC(item)
			case option == "server":
				item = addressGo(strings.Trim(item, " "))
			}
			if item != "" && !slices.Contains(list, item) {
				list = append(list, item)
			}
		}
	}
	return list
}

// addressC is add_server in C.
func addressC(item string) string {
	host, port, found := strings.Cut(item, ":")
	if !found {
		port = defaultPort
	}
	return cmp.Or(host, "0.0.0.0") + ":" + strconv.Itoa(int(uint16(atoi(port))))
}

// addressGo is fixGearmandServerAddress in Go.
func addressGo(item string) string {
	switch host, port, found := strings.Cut(item, ":"); {
	case !found:
		return item + ":" + defaultPort
	case host == "":
		return "0.0.0.0:" + port
	}
	return item
}
