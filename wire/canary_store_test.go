package wire_test

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

func TestProveStore(t *testing.T) {
	for name, addr := range map[string]string{
		"embedded": embedded(t, jobserver.Options{}),
		"gearmand": gearmandtest.Start(t),
		"SQLite":   gearmandtest.Start(t, "--queue-type=libsqlite3", "--libsqlite3-db="+filepath.Join(t.TempDir(), "jobs.db")),
		"Perl":     gearmandtest.StartPerl(t),
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, &wire.Dialer{Leftover: func(_, queue string) { t.Errorf("%s is said to stay", queue) }}, addr)
			if err := c.CheckStore(t.Context()); err != nil {
				t.Error(err)
			}
			if left := canaries(t, c); len(left) > 0 {
				t.Errorf("left behind: %+v", left)
			}
		})
	}
}

// A server whose store cannot be reached refuses the job; the queue is removed all the same.
func TestAStoreThatCannotBeReached(t *testing.T) {
	name := canaryPrefix + "x"
	c := mock(t, converses(
		exchange{want: []wire.Type{wire.CanDo, wire.SubmitJobBG}, reply: res(wire.Error, "QUEUE_ERROR", "Error")},
		exchange{want: []wire.Type{wire.CanDo, wire.GrabJobUniq}, reply: res(wire.NoJob)},
		exchange{want: []wire.Type{wire.CantDo, wire.EchoReq}, reply: res(wire.EchoRes, "left")},
		exchange{line: true, reply: []byte(name + "\t0\t0\t0\n.\n")},
	))
	var refused *wire.ServerError
	if err := c.CheckStore(t.Context()); !errors.As(err, &refused) || refused.Code != "QUEUE_ERROR" {
		t.Errorf("got %v, want QUEUE_ERROR", err)
	}
}

// keepsItsJob is a server whose store does not let go of a job. It sends the job's last byte when nothing more comes from
// the client, which has to read it whole before it completes it.
func keepsItsJob(nc net.Conn) error {
	r, name, job := wire.NewReader(nc), "", res(wire.JobAssignUniq, "H:1", "q", "k", "?")
	for {
		packet, err := r.NextIsPacket()
		if err != nil {
			return nil // the client has left
		}
		if !packet {
			line, _ := r.ReadLine()
			if string(line) != "status" {
				return fmt.Errorf("%q, of a queue with a job", line)
			}
			fmt.Fprintf(nc, "%s\t1\t0\t0\n.\n", name)
			continue
		}
		p, _, err := r.ReadPacket()
		switch {
		case err != nil:
			return err
		case p.Type == wire.CanDo:
			name = string(p.Arg(0))
		case p.Type == wire.SubmitJobBG && len(p.Arg(2)) > 0:
			nc.Write(res(wire.JobCreated, "H:1"))
		case p.Type == wire.GrabJobUniq && job != nil:
			nc.Write(job[:len(job)-1])
			if err := nothingMore(nc); err != nil {
				return err
			}
			nc.Write(job[len(job)-1:])
			job = nil
		case p.Type == wire.GrabJobUniq:
			nc.Write(res(wire.NoJob))
		case p.Type == wire.EchoReq:
			nc.Write(res(wire.EchoRes, string(p.Arg(0))))
		case p.Type != wire.WorkComplete && p.Type != wire.CantDo:
			return fmt.Errorf("%v was not expected", p.Type)
		}
	}
}

func TestAStoreThatKeepsWhatIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := play(t, keepsItsJob)
		left := 0
		d.Leftover = func(string, string) { left++ }
		if err := dial(t, d, "mock:4730").CheckStore(t.Context()); err == nil || !strings.Contains(err.Error(), "still there") || left != 1 {
			t.Errorf("got %v, %d reports of a queue that stays, want one", err, left)
		}
	})
}
