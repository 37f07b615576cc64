package completions_test

import (
	"strings"
	"testing"

	"gearctl/completions"
)

func TestEveryShellHasAScriptThatEvaluatesNothing(t *testing.T) {
	for _, shell := range completions.Shells() {
		script, err := completions.Script(shell)
		if err != nil {
			t.Errorf("%s: %v", shell, err)
		}
		if !strings.Contains(script, "command gearctl __complete ") || !strings.Contains(script, "</dev/null") {
			t.Errorf("%s: does not ask gearctl:\n%s", shell, script)
		}
		for _, line := range strings.Split(script, "\n") {
			if code, _, _ := strings.Cut(line, "# "); strings.Contains(code, "eval") {
				t.Errorf("%s: has eval: %s", shell, line)
			}
		}
	}
}

func TestAnUnknownShellIsRefusedWithTheKnownOnes(t *testing.T) {
	for _, shell := range []string{"", "tcsh", "../gearctl.bash", "Bash"} {
		script, err := completions.Script(shell)
		if err == nil || script != "" || !strings.Contains(err.Error(), "choose from bash, zsh, fish") {
			t.Errorf("%q: got %q, %v", shell, script, err)
		}
	}
}
