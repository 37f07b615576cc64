package work_test

import (
	"io"
	"net"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// forgetful is a server with one job, which it does not know any more when its result comes: it was restarted.
func forgetful(c net.Conn) {
	r := wire.NewReader(c)
	answer := func(t wire.Type, args ...string) {
		list := make([][]byte, len(args))
		for i, a := range args {
			list[i] = []byte(a)
		}
		c.Write(wire.AppendResponse(nil, t, list...))
	}
	for jobs := 0; ; {
		if packet, err := r.NextIsPacket(); err != nil {
			return
		} else if !packet {
			if _, err := r.ReadLine(); err != nil {
				return
			}
			io.WriteString(c, "q\t1\t0\t0\n.\n")
			continue
		}
		p, _, err := r.ReadPacket()
		if err != nil {
			return
		}
		switch p.Type {
		case wire.EchoReq:
			answer(wire.EchoRes, string(p.Arg(0)))
		case wire.GrabJobUniq:
			if jobs++; jobs == 1 {
				answer(wire.JobAssignUniq, "H:host:7", "q", "u", "x")
			} else {
				answer(wire.NoJob)
			}
		case wire.WorkComplete:
			answer(wire.Error, "JOB_NOT_FOUND", "Job+given+in+work+result+not+found")
		}
	}
}

// TestAJobThatIsGoneIsReported: the command has run, and its result reached nobody.
func TestAJobThatIsGoneIsReported(t *testing.T) {
	t.Parallel()
	server := servertest.StartBad(t, forgetful)
	r := commandtest.Gearctl(t, "", "-s", server, "work", "q", "--count", "1", "--", "true")
	commandtest.WantRun(t, r, 0, "job H:host:7 on "+server+": no longer known to the server when it finished")
}
