package modgearman

import (
	"slices"
	"strings"
)

const defaultPort = "4730"

// addresses returns the servers of an option, completed as the programs of dialect d do: a missing host is 0.0.0.0, and a
// missing port 4730, except for dupserver in Go. In C, an empty item of server= is 0.0.0.0:4730.
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
