package shell

import (
	"os/exec"
	"strings"
	"testing"
)

func TestBashReadsBackQuotePrintable(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, word := range []string{"", "plain", "a b", "it's", `"`, `\`, `a\'b`, "$HOME", "*", "~", "#", "a\nb", "\x01\x7f\xff'\\", "ü€", "\u202eevil", "!x", "a;b|c&d<e>f(g)h`i`"} {
		typed := QuotePrintable(word)
		if got, err := exec.Command(bash, "-c", `printf %s `+typed).Output(); err != nil || string(got) != word {
			t.Errorf("%q is written %s and read back as %q, %v", word, typed, got, err)
		}
		if strings.ContainsAny(typed, "\n\x01\x7f") || strings.Contains(typed, "\u202e") {
			t.Errorf("%q is written %q, which is not safe to print", word, typed)
		}
	}
}
