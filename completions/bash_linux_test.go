package completions_test

import (
	"testing"

	"gearctl/wire/jobserver/gearmandtest"
)

func TestBash(t *testing.T) {
	t.Parallel()
	bash := gearmandtest.Require(t, "bash")
	w := newWorld(t, "bash", hardQueues)
	term := openTerminal(t, append(w.env, "PS1="+prompt, outputFormat), bash, "--norc", "--noprofile", "-i")
	term.await(prompt)
	term.typeKeys("shown() { printf '<<%s>>\\n' \"${@: -1}\"; }; bind 'set bell-style none'; source " + w.script + "\r")
	term.await("\n" + prompt)
	t.Run("quotes", func(t *testing.T) {
		escaped := backslashed(" '\"$\\`!;&|*[]?(){}<>:@=")
		escaped.name = "bare, word breaks escaped"
		double := openQuote("double", `"`, `\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")
		double.able = noBang
		roundTrip(t, term, term.wordTyped, []quoting{
			backslashed(" '\"$\\`!;&|*[]?(){}<>"), escaped, openQuote("single", `'`, `'`, `'\''`), double,
		})
	})
	t.Run("lists", func(t *testing.T) { list(t, term, "\x1b?") })
}
