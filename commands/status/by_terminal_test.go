package status_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestWatchByServerIn80Columns shows a whole frame: a server with a problem, one that is silent since a while, and which columns are
// left out for what must be read.
func TestWatchByServerIn80Columns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		change := commandtest.Contexts(t, "contexts: {a: {servers: [gm1, gm2.munich.example.com, gm3]}}\n")
		env := func(e *cli.Env) { change(e); e.NetDial = network.Dial }
		for server, queue := range map[string]string{"gm1:4730": "perfdata", "gm2.munich.example.com:4730": "hostgroup_database_servers", "gm3:4730": "service"} {
			network.Embedded(t, server)
			commandtest.WantRun(t, commandtest.GearctlEnv(t.Context(), strings.NewReader(""), env, "-s", server, "queue", "create", queue), 0)
		}
		commandtest.WantRun(t, commandtest.GearctlEnv(t.Context(), strings.NewReader(""), env, "-s", "gm2.munich.example.com", "submit", "-b", "hostgroup_database_servers", "x"), 0)
		time.AfterFunc(5*time.Second, func() { network.Silence("gm3:4730") })
		got := frames(t, func(e *cli.Env) {
			env(e)
			e.Terminal.Stdout, e.Terminal.Stderr = true, true
			e.Terminal.Size = func() (int, int) { return 80, 24 }
		}, 15*time.Second-time.Millisecond, "--context a status --by server --watch")
		screens := strings.Split(got, "\x1b[H")
		last := regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`).ReplaceAllString(strings.ReplaceAll(screens[len(screens)-1], "\r\n", "\n"), "")
		const want = `2000-01-01 00:00:14

SERVER                       WAITING  PROBLEM
gm1:4730                           0  -
gm2.munich.example.com:4730        1  hostgroup_database_servers: 1 job waitin…
gm3:4730                           0  silent since 00:00:04: no answer in time

left out: VERSION, QUEUES, RUNNING, WORKERS, PROBLEM_SECONDS, AGE_SECONDS
(--wide shows them)
`
		if last != want {
			t.Errorf("got\n%s\nwant\n%s", last, want)
		}
		for _, line := range strings.Split(last, "\n") {
			if n := len([]rune(line)); n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	})
}
