package submit_test

import (
	"net"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestALostJobHasARow: the server has it, and hangs up before its result.
func TestALostJobHasARow(t *testing.T) {
	t.Parallel()
	addr := servertest.StartBad(t, func(c net.Conn) {
		r := wire.NewReader(c)
		for {
			p, _, err := r.ReadPacket()
			if err != nil {
				return
			}
			if p.Type == wire.OptionReq {
				c.Write(wire.AppendResponse(nil, wire.OptionRes, p.Arg(0)))
				continue
			}
			c.Write(wire.AppendResponse(nil, wire.JobCreated, []byte("H:host:1")))
			return
		}
	})
	r := commandtest.Gearctl(t, "", "-s", addr, "submit", "q", "x", "-o", "csv", "--columns", "handle,state")
	commandtest.WantMatch(t, r, commandtest.ExitFailed, "^handle,state\nH:host:1,lost\n$", "the server closed the connection")
}

// TestAnInterruptedSubmitSaysWhatBecomesOfItsJob.
func TestAnInterruptedSubmitSaysWhatBecomesOfItsJob(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	c := commandtest.Start(t, "-s", addr, "submit", "q", "x")
	servertest.WaitTotal(t, addr, "q", 1)
	if code := c.Stop(); code != commandtest.ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
	c.WaitStderr("in queue q on "+addr+": stopped waiting; the job is cancelled unless a worker already has it\n", 1)
}
