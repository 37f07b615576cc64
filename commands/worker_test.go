package commands

import (
	"bytes"
	"fmt"
	"net"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"gearctl/wire"
)

// behaviours are what a scripted worker sends for a job, before and as its end.
var behaviours = map[string]func(handle, workload []byte) []byte{
	"upper": func(h, w []byte) []byte { return wire.AppendRequest(nil, wire.WorkComplete, h, bytes.ToUpper(w)) },
	"fail":  func(h, _ []byte) []byte { return wire.AppendRequest(nil, wire.WorkFail, h) },
	"chatty": func(h, w []byte) []byte {
		b := wire.AppendRequest(nil, wire.WorkData, h, []byte("first,"))
		b = wire.AppendRequest(b, wire.WorkStatus, h, []byte("1"), []byte("2"))
		b = wire.AppendRequest(b, wire.WorkWarning, h, []byte("careful\n"))
		return wire.AppendRequest(b, wire.WorkComplete, h, w)
	},
	"exception": func(h, _ []byte) []byte {
		b := wire.AppendRequest(nil, wire.WorkException, h, []byte("it broke"))
		return wire.AppendRequest(b, wire.WorkFail, h)
	},
	"stuck": func(_, _ []byte) []byte { return nil },
}

// serveWorker works on a queue of the server at addr until stop is called; it returns when the server knows it.
func serveWorker(addr, queue, behaviour string) (stop func(), err error) {
	behave := behaviours[behaviour]
	if behave == nil {
		return nil, fmt.Errorf("no behaviour %q", behaviour)
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	b := wire.AppendRequest(nil, wire.CanDo, []byte(queue))
	b = wire.AppendRequest(b, wire.EchoReq, []byte("known"))
	r := wire.NewReader(c)
	if _, err := c.Write(b); err != nil {
		return nil, err
	}
	if _, _, err := r.ReadPacket(); err != nil {
		return nil, err
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		c.Write(wire.AppendRequest(nil, wire.PreSleep))
		for {
			p, _, err := r.ReadPacket()
			if err != nil {
				return
			}
			switch p.Type {
			case wire.Noop:
				c.Write(wire.AppendRequest(nil, wire.GrabJob))
			case wire.NoJob:
				c.Write(wire.AppendRequest(nil, wire.PreSleep))
			case wire.JobAssign:
				c.Write(append(behave(p.Arg(0), p.Arg(2)), wire.AppendRequest(nil, wire.GrabJob)...))
			}
		}
	})
	return func() {
		c.Close()
		wg.Wait()
	}, nil
}

// scriptWorker is the script command worker QUEUE BEHAVIOUR: a worker on $S until the script ends.
func scriptWorker(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: worker QUEUE BEHAVIOUR")
	}
	stop, err := serveWorker(ts.Getenv("S"), args[0], args[1])
	ts.Check(err)
	ts.Defer(stop)
}
