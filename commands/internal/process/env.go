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
