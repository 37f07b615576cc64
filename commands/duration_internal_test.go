package commands

import (
	"strings"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
)

// TestEveryDurationTakesSeconds: a number without a unit is seconds for every flag, and help says so below its flags.
func TestEveryDurationTakesSeconds(t *testing.T) {
	t.Parallel()
	top := root(testEnv())
	all := map[string][]urfave.Flag{"": top.Flags}
	for name, c := range leaves(top.Sub, "") {
		all[name] = c.Flags
	}
	tried := 0
	for name, flags := range all {
		for _, f := range flags {
			if !strings.Contains(f.(urfave.DocGenerationFlag).GetUsage(), "`DURATION`") {
				continue
			}
			tried++
			value := f.(*urfave.GenericFlag).Value
			for _, d := range [][2]string{{"60", "1m"}, {"90.5", "1m30.5s"}} {
				if err := value.Set(d[0]); err != nil || value.String() != d[1] {
					t.Errorf("%s --%s %s: got %s, %v, want %s", name, f.Names()[0], d[0], value, err, d[1])
				}
			}
			var b strings.Builder
			(&helpWriter{w: &b, width: 1000}).flags(flags)
			if !strings.Contains(b.String(), cli.DurationNote) {
				t.Errorf("the help of %q does not explain DURATION", name)
			}
		}
	}
	if tried < 25 {
		t.Errorf("only %d flags take a DURATION", tried)
	}
}
