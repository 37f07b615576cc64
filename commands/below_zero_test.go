package commands_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestACounterBelowZeroIsShownAndNoCount: gearmand counts in 32 bits without sign. The row is shown as the server reports it,
// and is in no sum; health does not call it OK.
func TestACounterBelowZeroIsShownAndNoCount(t *testing.T) {
	t.Parallel()
	addr := servertest.ServerAnswering(t, servertest.Embedded(t), map[string]string{
		"status": "bad\t2\t4294967295\t1\nodd\t1\t2\t1\nok\t3\t1\t1\n.\n",
	})
	const note = `more jobs running \(4294967295\) than there are \(2\): a counter of the server fell below zero`
	for _, c := range []struct {
		line           string
		code           int
		stdout, stderr string
	}{
		{"status -o csv", commandtest.ExitPartial, "(?m)bad,2,2,4294967295,1$(?s:.*)odd,1,0,2,1\n", note},
		{"health", 3, `^UNKNOWN: bad: ` + note + `; odd: more jobs running \(2\) than there are \(1\)\|servers=1;;;0;1 waiting=4;;;0 running=3;;;0 bad_waiting=2;;;0 bad_worker`, ""},
		{"health ok", 0, "^OK: ", ""},
		{"drain bad --dry-run", commandtest.ExitPartial, "4294967295", "would drain 2 jobs"},
		{"top --batch 1", commandtest.ExitPartial, "bad .*4294967295", note},
	} {
		r := commandtest.Gearctl(t, "", append([]string{"-s", addr}, strings.Fields(c.line)...)...)
		commandtest.WantMatch(t, r, c.code, c.stdout, c.stderr)
	}
	metrics := commandtest.Gearctl(t, "", "-s", addr, "health", "-o", "prometheus").Stdout
	if strings.Contains(metrics, "4294967295") || strings.Contains(metrics, "e+09") || !strings.Contains(metrics, `gearman_jobs{server="`+addr+`",function="bad"} 2`) {
		t.Errorf("metrics have a counter below zero, or not the queue:\n%s", metrics)
	}
}
