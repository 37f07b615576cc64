package commands_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestAStatusAnswerReachesAClientThatListensLate: the Go plugin drops an answer that comes before it listens, a moment after
// JOB_CREATED, and reports a timeout then.
func TestAStatusAnswerReachesAClientThatListensLate(t *testing.T) {
	const late = 40 * time.Millisecond
	for name, c := range map[string]struct{ line, queue, answer string }{
		"a worker":                    {"check work -s gm1 --allow-root --no-encryption --services --identifier lab", "worker_lab", "lab has"},
		"a proxy":                     {"proxy --route gm1/a=gm2/a --status-queue gm1/proxy_status --spool {dir}", "proxy_status", "0:OK - proxy"},
		"a worker behind a proxy":     {"proxy --route gm1/worker_far=gm2/worker_far --sync --spool {dir}", "worker_far", "at once"},
		"another status, and a proxy": {"proxy --route gm1/far_status=gm2/far_status --sync --spool {dir}", "far_status", "at once"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := strings.ReplaceAll(c.line, "{dir}", t.TempDir()+"/spool")
			synctest.Test(t, func(t *testing.T) {
				network := servertest.NewNetwork()
				network.Embedded(t, "gm1:4730")
				network.Embedded(t, "gm2:4730")
				ctx, cancel := context.WithCancelCause(t.Context())
				answerAtOnce(ctx, network, "gm2:4730", c.queue)
				done := make(chan commandtest.Run)
				go func() {
					done <- commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) { e.NetDial = network.Dial }, strings.Fields(line)...)
				}()
				time.Sleep(time.Second)
				text, took := askStatus(t, network, "gm1:4730", c.queue)
				if !strings.HasPrefix(text, c.answer) || took < late || took > time.Second {
					t.Errorf("%q came %v after JOB_CREATED, want %q, for a client that listens after %v", text, took, c.answer, late)
				}
				cancel(commandtest.Interrupted)
				if r := <-done; r.Code != 0 {
					t.Errorf("it ended with %+v", r)
				}
			})
		})
	}
}

// answerAtOnce serves a queue until ctx ends.
func answerAtOnce(ctx context.Context, n *servertest.Network, server, queue string) {
	go wire.WithConn(ctx, &wire.Dialer{NetDial: n.Dial}, server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, c.Work(ctx, &wire.Work{Function: queue, Do: func(j *wire.ActiveJob) error { return j.Complete([]byte("at once")) }})
	})
}

// askStatus returns the answer to a status request, and how long after JOB_CREATED it came.
func askStatus(t *testing.T, n *servertest.Network, server, queue string) (text string, took time.Duration) {
	t.Helper()
	_, err := wire.WithConn(t.Context(), &wire.Dialer{NetDial: n.Dial}, server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		handle, err := c.Submit(ctx, &wire.Submission{Function: queue, Unique: "check", Workload: []byte("check"), Priority: wire.PriorityHigh})
		if err != nil {
			return struct{}{}, err
		}
		created := time.Now()
		return struct{}{}, c.Await(ctx, handle, func(u wire.Update) error {
			text, took = text+string(u.Data), time.Since(created)
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	return text, took
}
