package wait_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestThreeOfWhatIsMissingAreNamed, and the others counted, with their server if there are several.
func TestThreeOfWhatIsMissingAreNamed(t *testing.T) {
	t.Parallel()
	answers := func(lines string) servertest.Hostility {
		return servertest.AnsweringLines(map[string]string{"status": lines + ".\n"})
	}
	for _, tt := range []struct {
		one, other, queues string
		code               int
		want               string
	}{
		{"a\t2\t1\t1\n", "", "a", 5, "a: waiting 1 (wanted: 0)"},
		{"a\t2\t1\t1\nb\t1\t0\t1\nc\t1\t0\t1\n", "", "*", 5, "a: waiting 1 (wanted: 0); b: waiting 1 (wanted: 0); c: waiting 1 (wanted: 0)"},
		{"d\t4\t0\t1\nc\t3\t0\t1\nb\t2\t0\t1\na\t1\t0\t1\n", "", "*", 5, "a: waiting 1 (wanted: 0); b: waiting 2 (wanted: 0); c: waiting 3 (wanted: 0); and 1 more"},
		{"a\t1\t0\t1\n", "a\t2\t0\t1\nb\t1\t0\t1\n", "*", 5, "a on gm1:4730: waiting 1 (wanted: 0); a on gm2:4730: waiting 2 (wanted: 0); b on gm2:4730: waiting 1 (wanted: 0)"},
		{"a\t0\t0\t1\n", "a\t1\t0\t1\n", "a", 5, "a on gm2:4730: waiting 1 (wanted: 0)"},
		{"a\t1\t2\t1\n", "", "a", 5, "a: more jobs running (2) than there are (1)"},
		{"a\t0\t0\t1\n", "b\t0\t0\t1\n", "a", 0, ""},
		{"a\t1\t1\t1\n", "", "a", 0, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			played := map[string]servertest.Hostility{"gm1:4730": answers(tt.one)}
			line := "-s gm1:4730"
			if tt.other != "" {
				line, played["gm2:4730"] = line+",gm2:4730", answers(tt.other)
			}
			line += " wait " + tt.queues + " --waiting 0 --timeout 1500ms"
			r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), commandtest.Piped(played), strings.Fields(line)...)
			want := ""
			if tt.want != "" {
				want = "gearctl: wait: not reached within 1.5s: " + tt.want + "\n"
			}
			if r.Code != tt.code || r.Stderr != want || !strings.Contains(r.Stdout, "REACHED") {
				t.Errorf("%s: %+v, want %d %q", line, r, tt.code, want)
			}
			time.Sleep(time.Minute) // of the bubble: the servers notice that the client has left
		})
	}
}
