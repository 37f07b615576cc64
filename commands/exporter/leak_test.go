package exporter_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// TestSoakExporter scrapes while servers come and go: each answer tells of each server what it is at that moment, and
// in the end nothing is left behind.
func TestSoakExporter(t *testing.T) {
	goroutines := goleak.IgnoreCurrent()
	before := -1
	t.Run("round", func(t *testing.T) {
		good, silent, moody := servertest.Embedded(t), startMoreOrLessSilent(t), newMoodyServer(t)
		commandtest.StartCheckWorker(t, good, "host", "--no-encryption", "--hosts")
		servertest.Until(t, "the worker answers probes", func() bool { return servertest.Queue(t, good, "worker_lab").Workers > 0 })
		x := startExporter(t, good+","+silent+","+moody.addr, "--timeout", "4s", "--probe", "*")
		tick := time.NewTicker(soakInterval)
		defer tick.Stop()
		for i := range soakScrapes {
			if i == soakScrapes/4 {
				before = servertest.OpenDescriptors(t)
			}
			if i%6 == 0 {
				moody.change()
			}
			x.expectUp(map[string]float64{good: 1, silent: 0, moody.addr: moody.up})
			<-tick.C
		}
		if after := servertest.OpenDescriptors(t); after > before+2 { // the server that is up has its own
			t.Errorf("%d descriptors are open after %d scrapes, %d were after a quarter of them", after, soakScrapes, before)
		}
		if code := x.Stop(); code != 0 {
			t.Errorf("ended with %d", code)
		}
	})
	goleak.VerifyNone(t, goroutines)
}

// startMoreOrLessSilent starts a server that says nothing on every fifteenth connection and closes the others.
func startMoreOrLessSilent(t testing.TB) (addr string) {
	t.Helper()
	var n atomic.Int64
	addr, stop, err := servertest.StartHostile(func(c net.Conn) {
		if n.Add(1)%15 == 0 {
			servertest.Hostilities["silent"](c)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return addr
}

// moodyServer is a job server that comes and goes at one address.
type moodyServer struct {
	t    testing.TB
	addr string
	up   float64
	stop func()
}

func newMoodyServer(t testing.TB) *moodyServer {
	m := &moodyServer{t: t, addr: gearmandtest.FreeAddr(t)}
	t.Cleanup(func() {
		if m.stop != nil {
			m.stop()
		}
	})
	return m
}

// change starts the server when it is down, and stops it when it is up.
func (m *moodyServer) change() {
	m.t.Helper()
	if m.stop != nil {
		m.stop()
		m.stop, m.up = nil, 0
		return
	}
	l := servertest.Listen(m.t, m.addr)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- jobserver.New(jobserver.Options{}).Serve(ctx, l) }()
	m.up = 1
	m.stop = func() {
		cancel()
		waittest.Receive(m.t, "the server ends", done)
	}
}
