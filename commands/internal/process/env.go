package process

import (
	"slices"
	"strings"
)

// HoldsSecret reports whether the name of a variable, given as NAME=VALUE, says that it holds a key or password for Gearman.
func HoldsSecret(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	name = strings.ToUpper(name)
	if !strings.Contains(name, "GEARCTL") && !strings.Contains(name, "GEARMAN") || strings.HasSuffix(name, "FILE") {
		return false
	}
	return slices.ContainsFunc([]string{"KEY", "PASS", "SECRET", "TOKEN"}, func(word string) bool { return strings.Contains(name, word) })
}

// ForServiceManager reports whether a variable, given as NAME=VALUE, is how the main process of a service talks to the service
// manager. A command that we run and that has it could report in our name.
func ForServiceManager(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return slices.Contains([]string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}, name)
}

// environment returns base with more variables, which replace those of the same name.
func environment(base, more []string) []string {
	env := make([]string, 0, len(base)+len(more))
	for _, v := range base {
		if !slices.ContainsFunc(more, func(other string) bool { return sameName(v, other) }) {
			env = append(env, v)
		}
	}
	return append(env, more...)
}

// sameName reports whether two variables, given as NAME=VALUE, have the same name.
func sameName(a, b string) bool {
	n := strings.IndexByte(b, '=') + 1
	return len(a) >= n && a[:n] == b[:n]
}
