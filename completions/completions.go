// Package completions holds the scripts with which bash, zsh and fish complete gearctl's command line. A script hands
// the words up to the cursor, unquoted, to gearctl __complete and offers what that prints, quoted again: a line
// VALUE TAB DESCRIPTION for each whole word, or the line "files", which leaves the word to the shell.
package completions

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed gearctl.bash gearctl.zsh gearctl.fish
var scripts embed.FS

// Shells returns the shells that Script knows.
func Shells() []string { return []string{"bash", "zsh", "fish"} }

// Script returns the completion script of a shell. The error names the shells there are.
func Script(shell string) (string, error) {
	if !slices.Contains(Shells(), shell) {
		return "", fmt.Errorf("shell %.40q: choose from %s", shell, strings.Join(Shells(), ", "))
	}
	script, err := scripts.ReadFile("gearctl." + shell)
	return string(script), err
}
