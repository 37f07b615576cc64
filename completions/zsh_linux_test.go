package completions_test

import (
	"testing"

	"gearctl/wire/jobserver/gearmandtest"
)

func TestZsh(t *testing.T) {
	t.Parallel()
	zsh := gearmandtest.Require(t, "zsh")
	w := newWorld(t, "zsh", hardQueues)
	term := openTerminal(t, append(w.env, "PS1="+prompt, outputFormat), zsh, "-f", "-i")
	term.await(prompt)
	term.typeKeys("shown() { print -r -- \"<<$@[-1]>>\"; }; unsetopt beep prompt_sp; autoload -U compinit; compinit -u -D; source " + w.script + "\r")
	term.await("\n[^\n]*" + prompt)
	t.Run("quotes", func(t *testing.T) {
		double := openQuote("double", `"`, `\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")
		double.able = noBang
		roundTrip(t, term, term.wordTyped, []quoting{backslashed(" '\"$\\`!;&|*[]?(){}<>^"), openQuote("single", `'`, `'`, `'\''`), double})
	})
	t.Run("lists", func(t *testing.T) { list(t, term, "\x04") })
}
