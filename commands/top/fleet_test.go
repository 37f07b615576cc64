package top_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// serverRow is what a test reads of a line of top --batch --servers -o jsonl.
type serverRow struct {
	Time            time.Time
	Server, State   string
	Labels          map[string]string
	Queues, Waiting *int64
}

// A server that is slow holds up the rows of the others in the first round alone, and its figures are in the round in which
// its answer comes.
func TestRoundsDoNotWaitForSlowServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		fleet := servertest.StartFleet(t, servertest.FleetOptions{
			Network: network, Servers: 5, Queues: 2, Silent: 1, Slow: 1, Delay: 1500 * time.Millisecond, // version, then status
			Waiting: func(server, queue int) int { return 10*server + queue },
			Workers: func(server, queue int) int { return (server + queue) % 2 },
		})
		contexts := commandtest.Contexts(t, fleet.Contexts())
		start := time.Now()
		run := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
			contexts(e)
			e.NetDial = network.Dial
		}, "--context", "fleet", "--timeout", "30s", "top", "--batch", "6", "-i", "1s", "--servers", "-o", "jsonl")
		if run.Code != commandtest.ExitPartial {
			t.Errorf("exit code %d: %s", run.Code, run.Stderr)
		}
		states := map[string]string{}
		for line := range strings.Lines(run.Stdout) {
			var row serverRow
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatal(err)
			}
			states[row.Server] += fmt.Sprintf(" %s@%.1f", row.State, row.Time.Sub(start).Seconds())
			if row.State == "up" && (row.Queues == nil || *row.Queues != 2 || row.Labels["site"] == "") || row.State == "down" && row.Waiting != nil {
				t.Errorf("got %s", line)
			}
		}
		// The first round ends after 2 s, in which a tick was not taken.
		for server, want := range map[string]string{
			"gm000:4730": " up@0.0 up@2.0 up@3.0 up@4.0 up@5.0 up@6.0", "gm002:4730": " up@0.0 up@2.0 up@3.0 up@4.0 up@5.0 up@6.0",
			"gm003:4730": " down@0.0 down@2.0 up@3.0 down@4.0 down@5.0 up@6.0", "gm004:4730": " down@0.0 down@2.0 down@3.0 down@4.0 down@5.0 down@6.0",
		} {
			if states[server] != want {
				t.Errorf("%s:%s, want%s", server, states[server], want)
			}
		}
	})
}

// What is wrong with a server is in words.
func TestServersAreRecordedWithTheirProblems(t *testing.T) {
	t.Parallel()
	fleet := servertest.StartFleet(t, servertest.FleetOptions{
		Servers: 3, Queues: 3,
		Waiting: func(server, queue int) int { return server * queue },
		Workers: func(server, _ int) int { return server % 2 },
	})
	run := commandtest.Gearctl(t, "", "-s", strings.Join(fleet.Addrs(), ","), "top", "--batch", "--servers", "-o", "csv",
		"--columns", "server,state,queues,waiting,running,workers,problem", "--sort", "-waiting")
	want := fmt.Sprintf("server,state,queues,waiting,running,workers,problem\n%s,up,3,6,0,0,\"4 waiting, no worker: queue0002 and 1 more\"\n%s,up,3,3,0,3,\n%s,up,3,0,0,0,\n",
		fleet.Servers[2].Addr, fleet.Servers[1].Addr, fleet.Servers[0].Addr)
	if run.Code != commandtest.ExitOK || run.Stdout != want {
		t.Errorf("exit code %d, %s; got\n%s\nwant\n%s", run.Code, run.Stderr, run.Stdout, want)
	}
	if run := commandtest.Gearctl(t, "", "-s", fleet.Servers[0].Addr, "top", "--batch", "--servers", "queue0001"); run.Code != commandtest.ExitUsage {
		t.Errorf("a queue with --servers: exit code %d", run.Code)
	}
}
