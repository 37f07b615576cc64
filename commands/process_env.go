package commands

import (
	"slices"
	"strings"
)

// childEnv returns our environment for a command that we start, without the variables that hold a secret of ours: the
// environment of a process can be read by all processes of its user. A variable that only names a file stays.
func (e *Env) childEnv() []string { return slices.DeleteFunc(slices.Clone(e.Environ), holdsSecret) }

// holdsSecret reports whether a variable, NAME=VALUE, is of Gearman by its name and holds a key or password.
func holdsSecret(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	name = strings.ToUpper(name)
	if !strings.Contains(name, "GEARCTL") && !strings.Contains(name, "GEARMAN") || strings.HasSuffix(name, "FILE") {
		return false
	}
	return slices.ContainsFunc([]string{"KEY", "PASS", "SECRET", "TOKEN"}, func(word string) bool { return strings.Contains(name, word) })
}
