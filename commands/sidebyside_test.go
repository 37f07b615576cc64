//go:build bench

package commands_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestSideBySide prints how long the work of gearctl takes beside that of a bare loop or of an old tool, all against
// one real gearmand. It fails only when something does not run: figures are for people.
func TestSideBySide(t *testing.T) {
	b := &bench{t: t, addr: gearmandtest.Start(t, "--threads=4"), gearctl: benchedBinary(t)}
	b.w = tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	b.row("work", "gearctl", "beside", "beside takes", "ratio")
	for _, part := range []struct {
		name string
		run  func()
	}{
		// First, while this process is small: the most memory of a process includes its parent's when it was forked.
		{"memory", func() { b.memory(1_000_000) }},
		{"archivememory", func() { b.archiveMemory(1_000_000) }},
		{"drain100000", func() { b.drain(100_000) }},
		{"drain300000", func() { b.drain(300_000) }},
		{"archive", func() { b.archive(100_000) }},
		{"peek", func() { b.peek(100_000) }},
		{"submit", func() { b.submit(100_000) }},
		{"workcat", func() { b.workCat(4000) }},
		{"workprint", func() { b.workPrint(100_000) }},
		{"status1", func() { b.status(1) }},
		{"status10000", func() { b.status(10_000) }},
		{"health1000", func() { b.health(1000) }},
		{"start", b.start},
	} {
		t.Run(part.name, func(*testing.T) { part.run() })
	}
	b.w.Flush()
}

type bench struct {
	t       *testing.T
	w       *tabwriter.Writer
	addr    string
	gearctl string
}

func benchedBinary(t *testing.T) string {
	path, err := filepath.Abs("../build/gearctl")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("make build first: ", err)
	}
	return path
}

// lines returns n lines of 200 bytes, made as they are read.
func lines(n int) io.Reader {
	line := append(bytes.Repeat([]byte("x"), 200), '\n')
	return &lineSource{line: bytes.Repeat(line, 100), left: n / 100}
}

// lineSource gives the same lines again and again.
type lineSource struct {
	line []byte
	rest []byte
	left int
}

func (l *lineSource) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		if l.left == 0 {
			return 0, io.EOF
		}
		l.rest = l.line
		l.left--
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func (b *bench) row(cells ...string) { fmt.Fprintln(b.w, strings.Join(cells, "\t")) }

func (b *bench) compare(work string, ours time.Duration, beside string, theirs time.Duration) {
	b.row(work, ours.Round(time.Millisecond/10).String(), beside, theirs.Round(time.Millisecond/10).String(), fmt.Sprintf("%.2f", float64(theirs)/float64(ours)))
}

// process runs a command and returns its time and the most memory it had, in bytes.
func (b *bench) process(stdin io.Reader, name string, argv ...string) (time.Duration, int64) {
	b.t.Helper()
	cmd := exec.Command(name, argv...)
	cmd.Stdin = stdin
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("%s %v: %v\n%.500s", name, argv, err, out)
	}
	return time.Since(start), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
}

// median runs f n times and returns the median of what it returns.
func median(n int, f func() time.Duration) time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = f()
	}
	slices.Sort(all)
	return all[n/2]
}

// bareFill submits jobs of 200 bytes with unique keys through a pipelined loop that knows nothing of gearctl's.
func (b *bench) bareFill(queue string, n int) time.Duration {
	start := time.Now()
	c := b.dial()
	defer c.Close()
	r := wire.NewReader(c)
	workload := bytes.Repeat([]byte("x"), 200)
	var buf []byte
	for sent, got := 0, 0; got < n; {
		for sent < n && sent-got < 1000 {
			key := strconv.AppendInt([]byte("bare-loop-with-unique-keys-"+queue+"-"), int64(sent), 10)
			buf = wire.AppendRequest(buf, wire.SubmitJobBG, []byte(queue), key, workload)
			sent++
		}
		b.write(c, &buf)
		for got < sent && (got == sent-1000 || r.Buffered() > 0 || len(buf) == 0 && sent == n || sent-got >= 500) {
			b.read(r)
			got++
		}
	}
	return time.Since(start)
}

// bareDrain takes all jobs of queue through a pipelined loop, window 1,000, that acknowledges as jobs come.
func (b *bench) bareDrain(queue string) time.Duration {
	start := time.Now()
	c := b.dial()
	defer c.Close()
	r := wire.NewReader(c)
	buf := wire.AppendRequest(nil, wire.CanDo, []byte(queue))
	for range 1000 {
		buf = wire.AppendRequest(buf, wire.GrabJob)
	}
	for inFlight := 1000; inFlight > 0; {
		if r.Buffered() == 0 || len(buf) > 32<<10 {
			b.write(c, &buf)
		}
		p := b.read(r)
		if p.Type == wire.NoJob {
			inFlight--
			continue
		}
		buf = wire.AppendRequest(buf, wire.WorkComplete, p.Arg(0), nil)
		buf = wire.AppendRequest(buf, wire.GrabJob)
	}
	return time.Since(start)
}

func (b *bench) dial() net.Conn {
	c, err := net.Dial("tcp", b.addr)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bench) write(c net.Conn, buf *[]byte) {
	if _, err := c.Write(*buf); err != nil {
		b.t.Fatal(err)
	}
	*buf = (*buf)[:0]
}

func (b *bench) read(r *wire.Reader) wire.Packet {
	p, _, err := r.ReadPacket()
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) drain(n int) {
	runs := 3
	ours := median(runs, func() time.Duration {
		b.bareFill("drain", n)
		d, _ := b.process(nil, b.gearctl, "-s", b.addr, "drain", "drain", "--yes", "-q")
		return d
	})
	theirs := median(runs, func() time.Duration {
		b.bareFill("drain", n)
		return b.bareDrain("drain")
	})
	b.compare(fmt.Sprintf("drain %d jobs of 200 bytes", n), ours, "bare loop, window 1,000", theirs)
}

// archive compares a drain that keeps the jobs with a bare loop that keeps nothing.
func (b *bench) archive(n int) {
	for _, ext := range []string{"", ".gz"} {
		path := filepath.Join(b.t.TempDir(), "jobs.jsonl") + ext
		ours := median(3, func() time.Duration {
			b.bareFill("archive", n)
			os.Remove(path)
			d, _ := b.process(nil, b.gearctl, "-s", b.addr, "drain", "archive", "--yes", "-q", "--to", path)
			return d
		})
		theirs := median(3, func() time.Duration {
			b.bareFill("archive", n)
			return b.bareDrain("archive")
		})
		b.compare(fmt.Sprintf("drain %d jobs --to FILE%s", n, ext), ours, "bare loop that keeps nothing", theirs)
		back, _ := b.process(nil, b.gearctl, "-s", b.addr, "replay", path, "-q")
		b.bareDrain("archive")
		b.compare(fmt.Sprintf("replay %d jobs of FILE%s", n, ext), back, "bare loop with unique keys", median(3, func() time.Duration {
			d := b.bareFill("archive", n)
			b.bareDrain("archive")
			return d
		}))
	}
}

// peek prints how long looking into a queue of n jobs takes.
func (b *bench) peek(n int) {
	b.bareFill("peek", n)
	d := median(5, func() time.Duration {
		d, _ := b.process(nil, b.gearctl, "-s", b.addr, "peek", "peek", "-q")
		return d
	})
	b.bareDrain("peek")
	b.row(fmt.Sprintf("peek into %d jobs", n), d.Round(time.Millisecond).String())
}

// archiveMemory prints the most memory that an archive of n jobs takes, to and fro.
func (b *bench) archiveMemory(n int) {
	addr := gearmandtest.Start(b.t, "--threads=4", "--hashtable-buckets=1000003")
	path := filepath.Join(b.t.TempDir(), "jobs.jsonl")
	b.process(lines(n), b.gearctl, "-s", addr, "submit", "--background", "--lines", "memory", "-q")
	d, rss := b.process(nil, b.gearctl, "-s", addr, "drain", "memory", "--yes", "-q", "--to", path)
	b.row(fmt.Sprintf("drain %d jobs --to FILE", n), d.Round(time.Millisecond).String(), fmt.Sprintf("%d KiB resident", rss>>10))
	d, rss = b.process(nil, b.gearctl, "-s", addr, "replay", path, "-q")
	b.row(fmt.Sprintf("replay %d jobs", n), d.Round(time.Millisecond).String(), fmt.Sprintf("%d KiB resident", rss>>10))
}

func (b *bench) submit(n int) {
	ours := median(3, func() time.Duration {
		d, _ := b.process(lines(n), b.gearctl, "-s", b.addr, "submit", "--background", "--lines", "submit", "-q")
		if got := b.waiting("submit"); got != int64(n) {
			b.t.Errorf("submitted %d lines, %d jobs arrived", n, got)
		}
		b.bareDrain("submit")
		return d
	})
	theirs := median(3, func() time.Duration {
		d := b.bareFill("submit", n)
		b.bareDrain("submit")
		return d
	})
	b.compare(fmt.Sprintf("submit %d lines of 200 bytes", n), ours, "bare loop with unique keys", theirs)
}

// workCat compares four commands at a time with four of gearman's workers.
func (b *bench) workCat(n int) {
	host, port, _ := net.SplitHostPort(b.addr)
	ours := median(3, func() time.Duration {
		b.bareFill("cat", n)
		d, _ := b.process(nil, b.gearctl, "-s", b.addr, "work", "cat", "--parallel", "4", "--count", strconv.Itoa(n), "--", "/bin/cat")
		return d
	})
	theirs := median(3, func() time.Duration {
		b.bareFill("cat", n)
		start := time.Now()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				b.process(nil, "gearman", "-h", host, "-p", port, "-w", "-f", "cat", "-c", strconv.Itoa(n/4), "--", "/bin/cat")
			})
		}
		wg.Wait()
		return time.Since(start)
	})
	b.compare(fmt.Sprintf("work %d jobs with /bin/cat, 4 at a time", n), ours, "4 times gearman -w -- cat", theirs)
}

// workPrint compares printing payloads.
func (b *bench) workPrint(n int) {
	host, port, _ := net.SplitHostPort(b.addr)
	ours := median(3, func() time.Duration {
		b.bareFill("print", n)
		d, _ := b.process(nil, b.gearctl, "-s", b.addr, "work", "print", "--count", strconv.Itoa(n))
		return d
	})
	b.bareFill("print", n)
	theirs, _ := b.process(nil, "gearman", "-h", host, "-p", port, "-w", "-f", "print", "-c", strconv.Itoa(n))
	b.compare(fmt.Sprintf("print %d payloads", n), ours, "gearman -w", theirs)
}

func (b *bench) waiting(queue string) int64 {
	list, err := wire.WithConn(context.Background(), new(wire.Dialer), b.addr, func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
		return c.Status(ctx)
	})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, q := range list.Rows {
		if q.Function == queue {
			return q.Waiting()
		}
	}
	return 0
}

// withQueues starts a server that has n queues.
func (b *bench) withQueues(n int) (addr string) {
	addr = gearmandtest.Start(b.t, "--threads=4")
	c, err := new(wire.Dialer).Dial(b.t.Context(), addr)
	if err != nil {
		b.t.Fatal(err)
	}
	defer c.Close()
	for i := range n {
		if err := c.CreateFunction(b.t.Context(), fmt.Sprintf("hostgroup_number_%05d", i)); err != nil {
			b.t.Fatal(err)
		}
	}
	return addr
}

// besideGearadmin compares whole processes on the same server, one after the other, so that noise meets both alike.
func (b *bench) besideGearadmin(work, addr string, argv ...string) {
	host, port, _ := net.SplitHostPort(addr)
	const runs = 41
	var ours, theirs []time.Duration
	for range runs {
		d, _ := b.process(nil, b.gearctl, append([]string{"-s", addr}, argv...)...)
		ours = append(ours, d)
		d, _ = b.process(nil, "gearadmin", "-h", host, "-p", port, "--status")
		theirs = append(theirs, d)
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	b.compare(work, ours[runs/2], "gearadmin --status", theirs[runs/2])
}

// status compares status on a server with n queues.
func (b *bench) status(n int) {
	addr := b.withQueues(n)
	for _, format := range []string{"table", "json"} {
		b.besideGearadmin(fmt.Sprintf("status of %d queues as %s", n, format), addr, "status", "-o", format)
	}
}

// health compares a check of n queues, which has a line and performance data of each.
func (b *bench) health(n int) {
	b.besideGearadmin(fmt.Sprintf("health of %d queues", n), b.withQueues(n), "health")
}

// memory prints the most memory that a submit and a drain of n jobs have.
func (b *bench) memory(n int) {
	addr := gearmandtest.Start(b.t, "--threads=4", "--hashtable-buckets=1000003")
	d, rss := b.process(lines(n), b.gearctl, "-s", addr, "submit", "--background", "--lines", "memory", "-q")
	b.row(fmt.Sprintf("submit %d lines", n), d.Round(time.Millisecond).String(), fmt.Sprintf("%d KiB resident", rss>>10))
	d, rss = b.process(nil, b.gearctl, "-s", addr, "drain", "memory", "--yes", "-q")
	b.row(fmt.Sprintf("drain %d jobs", n), d.Round(time.Millisecond).String(), fmt.Sprintf("%d KiB resident", rss>>10))
}

func (b *bench) start() {
	d := median(21, func() time.Duration {
		d, _ := b.process(nil, b.gearctl, "--version")
		return d
	})
	info, err := os.Stat(b.gearctl)
	if err != nil {
		b.t.Fatal(err)
	}
	b.row("start (--version)", d.Round(time.Millisecond/10).String(), fmt.Sprintf("binary of %d KiB", info.Size()>>10))
}
