//go:build bench

package commands_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// replayMemory prints the most memory that a replay of two archives takes that have n records together, and the older build's.
func (p *pairs) replayMemory(n int) {
	buckets := "--hashtable-buckets=1000003"
	from, to := gearmandtest.Start(p.t, "--threads=4", buckets), gearmandtest.Start(p.t, "--threads=4", buckets)
	dir := p.t.TempDir()
	var files []string
	for i := range 2 {
		files = append(files, filepath.Join(dir, fmt.Sprint(i)))
		p.process(lines(n/2), p.gearctl, "-s", from, "submit", "--background", "--lines", "memory", "-q")
		p.process(nil, p.gearctl, "-s", from, "drain", "memory", "--yes", "-q", "--to", files[i])
	}
	replay := func(binary string) cost {
		c := p.spend(nil, append([]string{binary, "-s", to, "replay", "-q"}, files...)...)
		p.addr = to
		if got := p.waiting("memory"); got != int64(n) {
			p.t.Errorf("%s replayed %d of %d", binary, got, n)
		}
		p.process(nil, p.gearctl, "-s", to, "drain", "memory", "--yes", "-q")
		return c
	}
	ours, theirs := replay(p.gearctl), cost{}
	if p.before != "" {
		theirs = replay(p.before)
	}
	p.row(fmt.Sprintf("replay of two archives, %d records", n), fmt.Sprintf("%s, %d MB", short(ours.wall), ours.rss>>20), short(ours.cpu),
		"the older build", fmt.Sprintf("%s, %d MB", short(theirs.wall), theirs.rss>>20), short(theirs.cpu), fmt.Sprintf("%.2f", float64(ours.rss)/float64(max(theirs.rss, 1))), "-", "0.25 of memory")
}

// proxy compares n jobs each way at once through a proxy with those of the older build. They gather at their targets.
func (p *pairs) proxy(n int) {
	if p.before == "" {
		return
	}
	buckets := "--hashtable-buckets=1000003"
	one, other := gearmandtest.Start(p.t, "--threads=4", buckets), gearmandtest.Start(p.t, "--threads=4", buckets)
	carry := func(binary string) func() cost {
		return func() cost {
			p.addr = one
			p.bareFill("there", n)
			p.addr = other
			p.bareFill("back", n)
			stop := p.daemon(binary, "proxy", "--route", one+"/there="+other+"/there", "--route", other+"/back="+one+"/back", "--spool", p.t.TempDir())
			start := time.Now()
			for _, end := range []struct{ addr, queue string }{{other, "there"}, {one, "back"}} {
				p.addr = end.addr
				for p.waiting(end.queue) < int64(n) {
					time.Sleep(5 * time.Millisecond)
				}
			}
			took := time.Since(start)
			c := stop()
			c.wall = took
			p.addr = other
			p.bareDrain("there")
			p.addr = one
			p.bareDrain("back")
			return c
		}
	}
	p.sideBySide(7, fmt.Sprintf("proxy, %d jobs each way at once", n), "the older build", "1.0", carry(p.gearctl), carry(p.before))
}

// daemon starts a command that runs until it is stopped, which returns what it took.
func (p *pairs) daemon(argv ...string) (stop func() cost) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	if p.t.Failed() {
		p.t.FailNow()
	}
	cmd.Args = append(cmd.Args, "-q")
	start := time.Now()
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	return func() cost {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			p.t.Errorf("%v: %v", argv, err)
		}
		return costOf(cmd.ProcessState, time.Since(start))
	}
}

// proxySync compares n round trips of a foreground job, one after the other, through a proxy and without.
func (p *pairs) proxySync(n int) {
	from, to := gearmandtest.Start(p.t, "--threads=4"), gearmandtest.Start(p.t, "--threads=4")
	var worker sync.WaitGroup
	defer worker.Wait()
	p.addr = to
	defer p.bareWorker(&worker, "sync")()
	defer p.daemon(p.gearctl, "proxy", "--sync", "--route", from+"/sync="+to+"/sync", "--spool", p.t.TempDir())()
	trips := func(addr string) func() cost {
		return func() cost {
			p.addr = addr
			return cost{wall: p.bareTrips("sync", n)}
		}
	}
	p.sideBySide(5, fmt.Sprintf("proxy --sync, %d jobs, one at a time", n), "the same without a proxy", "2.0", trips(from), trips(to))
	if p.before != "" {
		// The older build on servers of its own.
		old := gearmandtest.Start(p.t, "--threads=4")
		defer p.daemon(p.before, "proxy", "--sync", "--route", old+"/sync="+to+"/sync", "--spool", p.t.TempDir())()
		p.sideBySide(5, fmt.Sprintf("proxy --sync, %d jobs, one at a time", n), "the older build", "1.0", trips(from), trips(old))
	}
}

// bareTrips runs n foreground jobs, one after the other.
func (b *bench) bareTrips(queue string, n int) time.Duration {
	start := time.Now()
	c := b.dial()
	defer c.Close()
	r := wire.NewReader(c)
	var buf []byte
	for i := range n {
		buf = wire.AppendRequest(buf, wire.SubmitJob, []byte(queue), fmt.Append(nil, "trip-", i), []byte("hello"))
		b.write(c, &buf)
		for b.read(r).Type != wire.WorkComplete {
		}
	}
	return time.Since(start)
}

// bareWorker completes jobs until it is stopped.
func (b *bench) bareWorker(wg *sync.WaitGroup, queue string) (stop func()) {
	c := b.dial()
	wg.Go(func() {
		r := wire.NewReader(c)
		buf := wire.AppendRequest(nil, wire.CanDo, []byte(queue))
		buf = wire.AppendRequest(buf, wire.GrabJob)
		for {
			if _, err := c.Write(buf); err != nil {
				return
			}
			p, _, err := r.ReadPacket()
			if err != nil {
				return
			}
			buf = buf[:0]
			switch p.Type {
			case wire.NoJob:
				buf = wire.AppendRequest(buf, wire.PreSleep)
			case wire.JobAssign:
				buf = wire.AppendRequest(buf, wire.WorkComplete, p.Arg(0), []byte("done"))
				buf = wire.AppendRequest(buf, wire.GrabJob)
			default:
				buf = wire.AppendRequest(buf, wire.GrabJob)
			}
		}
	})
	return func() { c.Close() }
}
