package commands_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestNamesAtTheLimits gives every command that sends a name of its user names of one byte less than gearmand takes, of exactly
// that, and of one more, which is refused before anything is sent: of a unique key of 64 bytes gearmand makes garbage.
func TestNamesAtTheLimits(t *testing.T) {
	const functions, uniques, handles = wire.MaxFunction, wire.MaxUnique, wire.MaxHandle
	for _, c := range []struct {
		line  string
		limit int
		stdin string // {} is the name, too
	}{
		{"submit -b {} x", functions, ""},
		{"submit -b {} --lines", functions, "x\n"},
		{"queue create {}", functions, ""},
		{"move q {} --yes", functions, ""},
		{"work {} --print --count 1 --create", functions, ""},
		{"check host h --command true --no-encryption --queue {}", functions, ""},
		{"result send --host h --message m --returncode 0 --no-encryption --queue {}", functions, ""},
		{"replay -", functions, `{"v":1,"queue":"{}","handle":"H:1","unique":"a","data":"eA=="}` + "\n" + `{"v":1,"end":true,"records":1,"acknowledged":1}` + "\n"},
		{"submit -b q x --unique {}", uniques, ""},
		{"job status --unique {}", uniques, ""},
		{"health --probe-queue q --send x --async --unique {}", uniques, ""},
		{"replay -", uniques, `{"v":1,"queue":"q","handle":"H:1","unique":"{}","data":"eA=="}` + "\n" + `{"v":1,"end":true,"records":1,"acknowledged":1}` + "\n"},
		{"job status H:{}", handles - 2, ""},
		{"job cancel H:{} --yes", handles - 2, ""},
	} {
		for n := c.limit - 1; n <= c.limit+1; n++ {
			t.Run(fmt.Sprintf("%s %.30s of %d bytes", c.line, c.stdin, n), func(t *testing.T) {
				t.Parallel()
				server := servertest.Embedded(t)
				name := strings.Repeat("n", n)
				waiting(t, server, 1)
				if strings.HasPrefix(c.line, "work") || strings.HasPrefix(c.line, "health") {
					servertest.Submit(t, server, "n", "x")
					servertest.NewSilentWorker(t, server, "q")
				}
				before := stateOf(t, server)
				addr, requests := servertest.RecordRequests(t, server)
				argv := append([]string{"-s", addr}, strings.Fields(strings.ReplaceAll(c.line, "{}", name))...)
				if strings.HasPrefix(c.line, "work") && n <= c.limit {
					servertest.Submit(t, server, name, "x")
				}
				got := commandtest.Gearctl(t, strings.ReplaceAll(c.stdin, "{}", name), argv...)
				sent := strings.Join(requests.All(), "\n")
				switch {
				case n <= c.limit && (got.Code == commandtest.ExitUsage && !strings.HasPrefix(c.line, "health") || sent == "" || strings.Contains(got.Stderr, "over the limit")):
					t.Errorf("a name of %d bytes must be accepted: sent %.200q, got %+v", n, sent, got)
				case n > c.limit && (got.Code == 0 || strings.Contains(sent, name) || stateOf(t, server) != before):
					t.Errorf("a name of %d bytes, over the limit, must be refused before anything is sent: sent %.900q, got %+v", n, sent, got)
				}
			})
		}
	}
}

// TestLongNamesThatExistCanBeEmptied: a queue whose name is too long for gearctl to submit to is still listed, inspected and
// drained.
func TestLongNamesThatExistCanBeEmptied(t *testing.T) {
	for _, n := range []int{wire.MaxFunction, wire.MaxFunction + 1, 600} {
		addr := servertest.Embedded(t)
		name := strings.Repeat("n", n)
		submitRaw(t, addr, name)
		for _, line := range []string{"status " + name, "peek " + name, "drain " + name + " --yes"} {
			if got := commandtest.Gearctl(t, "", append([]string{"-s", addr}, strings.Fields(line)...)...); got.Code != 0 || !strings.Contains(got.Stdout, "1") {
				t.Errorf("%.10s of a queue name of %d bytes: %+v", line, n, got)
			}
		}
		if q := servertest.Queue(t, addr, name); q.Total != 0 {
			t.Errorf("a queue name of %d bytes: %d jobs are left", n, q.Total)
		}
	}
}

// submitRaw submits a job to a queue whatever its name.
func submitRaw(t *testing.T, addr, queue string) {
	t.Helper()
	servertest.Ask(t, addr, func(_ context.Context, c *wire.Conn) (wire.Packet, error) {
		c.Send(wire.SubmitJobBG, []byte(queue), []byte("u"), []byte("x"))
		if err := c.Flush(); err != nil {
			return wire.Packet{}, err
		}
		return c.Receive()
	})
}
