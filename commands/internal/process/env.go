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
