package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestAServerThatHangsUpInAProbe: it has accepted the job.
func TestAServerThatHangsUpInAProbe(t *testing.T) {
	t.Parallel()
	addr := servertest.StartBad(t, func(c net.Conn) {
		r := wire.NewReader(c)
		if _, err := r.ReadLine(); err != nil {
			return
		}
		io.WriteString(c, "worker_a\t0\t0\t1\n.\n")
		if _, _, err := r.ReadPacket(); err == nil {
			c.Write(wire.AppendResponse(nil, wire.JobCreated, []byte("H:host:1")))
		}
	})
	_, err := probeWithin(t, addr, "worker_a", 5*time.Second)
	var none *NoReplyError
	if !errors.As(err, &none) || none.Reason != "no answer: the server closed the connection" {
		t.Errorf("got %v", err)
	}
}

// TestAProbeIsPatient: a worker may take longer than a server, up to the time that the probe has.
func TestAProbeIsPatient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const server = "gm1:4730"
		memory, stop := servertest.NewMemory(t, server)
		defer stop()
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			wire.WithConn(ctx, &wire.Dialer{NetDial: memory.Dial}, server, func(ctx context.Context, c *wire.Conn) (any, error) {
				return nil, c.Work(ctx, &wire.Work{Function: "worker_a", Do: func(j *wire.ActiveJob) error {
					time.Sleep(7 * time.Second) // of the bubble's clock
					return j.Complete([]byte("a has 1 worker and is working on 0 jobs. Version: 1|worker=1;;;1;1 jobs=1c"))
				}})
			})
		}()
		synctest.Wait()
		reply := QueryStatus(t.Context(), time.Now, &wire.Dialer{NetDial: memory.Dial, Timeout: 2 * time.Second}, server, "worker_a", 10*time.Second)
		if reply.Err != nil || reply.Duration < 7*time.Second || !strings.Contains(reply.Status.Name, "a") {
			t.Errorf("got %+v", reply)
		}
		end()
		<-done
	})
}
