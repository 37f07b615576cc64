package submit_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// --at tells when the job is due, in the user's zone and in words, on stderr; JSON has the time.
func TestAtTellsWhenTheJobIsDue(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("NST", -int((3*time.Hour + 30*time.Minute).Seconds()))
	now := time.Date(2099, 11, 30, 12, 0, 0, 250_000_000, zone)
	at := func(t *testing.T, addr string, argv ...string) commandtest.Run {
		t.Helper()
		return commandtest.GearctlEnv(t.Context(), strings.NewReader("1\n2\n3\n"), func(env *cli.Env) { env.Now = func() time.Time { return now } },
			append([]string{"-s", addr, "submit", "q"}, argv...)...)
	}
	for _, c := range []struct{ at, when, json string }{
		{"+90m", "2099-11-30 13:30:01 NST, in 1h30m1s", "2099-11-30T13:30:01-03:30"},
		{"11:59", "2099-12-01 11:59:00 NST, in 23h59m", "2099-12-01T11:59:00-03:30"},
		{"2099-12-24", "2099-12-24 00:00:00 NST, in about 24 days", "2099-12-24T00:00:00-03:30"},
		{"2099-12-01T00:00:00Z", "2099-11-30 20:30:00 NST, in 8h30m", "2099-11-30T20:30:00-03:30"},
	} {
		addr := servertest.OfVersion(t, "1.1.20")
		r := at(t, addr, "x", "--at", c.at, "-o", "jsonl")
		commandtest.WantRun(t, r, commandtest.ExitOK, "q on "+addr+": 1 job is due at "+c.when+"\n",
			"until then gearmand 1.1.20 gives out no low-priority job of q\n")
		handle := regexp.MustCompile(`"handle":"([^"]*)"`).FindStringSubmatch(r.Stdout)
		if handle == nil || !strings.Contains(r.Stdout, `"at":"`+c.json+`"`) {
			t.Fatalf("%s: got %s", c.at, r.Stdout)
		}
		if want := "to cancel it: gearctl -s " + addr + " job cancel " + handle[1] + "\n"; !strings.Contains(r.Stderr, want) {
			t.Errorf("%s: got %q, want %q", c.at, r.Stderr, want)
		}
	}
	addr := servertest.Embedded(t)
	r := at(t, addr, "--lines", "--at", "+1h")
	commandtest.WantRun(t, r, commandtest.ExitOK, "q on "+addr+": 3 jobs are due at 2099-11-30 13:00:01 NST, in 1h0m1s\n")
	if strings.Contains(r.Stderr, "low-priority") || strings.Contains(r.Stderr, "cancel") {
		t.Errorf("a note about old servers, or about one of several jobs: %s", r.Stderr)
	}
	r = at(t, addr, "x", "--at", "@1700000000")
	commandtest.WantRun(t, r, commandtest.ExitOK, "q on "+addr+": 1 job is due at once: 2023-11-14 18:43:20 NST is over\n")
	if r = at(t, addr, "x", "--at", "+1h", "-q"); r.Stderr != "" {
		t.Errorf("with --quiet: %s", r.Stderr)
	}
	if r = at(t, addr, "x", "--at", ""); r.Code != commandtest.ExitUsage || r.Stderr != "gearctl: --at \"\": is empty\n" {
		t.Errorf("a job for a time that a script does not have must not start now: %+v", r)
	}
	if r = at(t, addr, "x", "-b", "-o", "jsonl"); strings.Contains(r.Stdout, `"at"`) || r.Stderr != "" {
		t.Errorf("a job that is not for later: %+v", r)
	}
}
