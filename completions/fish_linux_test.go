package completions_test

import (
	"os/exec"
	"strings"
	"testing"

	"gearctl/wire/jobserver/gearmandtest"
)

func TestFish(t *testing.T) {
	t.Parallel()
	fish := gearmandtest.Require(t, "fish")
	w := newWorld(t, "fish", hardQueues)
	t.Run("quotes", func(t *testing.T) {
		term := openTerminal(t, append(w.env, outputFormat), fish, "--no-config", "-i", "-C",
			"set -g fish_greeting; set -g fish_autosuggestion_enabled 0; function fish_prompt; printf '"+prompt+"'; end; source "+w.script)
		term.await(prompt)
		// Of a word with a * fish shows the only candidate, and takes it at Enter.
		roundTrip(t, term, term.queueShown, []quoting{
			backslashed(" $*?~#(){}[]<>^&|;\"'\\"),
			openQuote("single", `'`, `\`, `\\`, `'`, `\'`),
			openQuote("double", `"`, `\`, `\\`, `"`, `\"`, "$", `\$`),
		})
	})
	t.Run("lists", func(t *testing.T) {
		script := "cd " + t.TempDir() + "; : > 'ca file.pem'; source " + w.script + "\n"
		for _, l := range listings {
			script += "complete -C " + "'" + strings.ReplaceAll(l.line, "'", `\'`) + "'; echo LISTED\n"
		}
		cmd := exec.Command(fish, "--no-config", "-c", script)
		cmd.Env = w.env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for i, screen := range strings.SplitN(string(out), "LISTED\n", len(listings)) {
			listings[i].check(t, strings.Split(screen, "\n"))
		}
	})
}
