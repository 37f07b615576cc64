//go:build bench

package commands_test

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"
)

// TestSideBySidePairs prints what gearctl takes beside an old tool, a bare loop or an older build (GEARCTL_BEFORE), in turn
// and pair by pair: the median of the time of each, of the ratios of the pairs, and of the ratios of their CPU time, which
// neighbours on the machine disturb less. A bar is what was asked for; the test does not fail above it.
func TestSideBySidePairs(t *testing.T) {
	p := &pairs{bench: &bench{t: t, gearctl: benchedBinary(t)}, before: os.Getenv("GEARCTL_BEFORE")}
	p.w = tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	p.row("work", "gearctl", "CPU", "beside", "takes", "CPU", "ratio", "of CPU", "bar")
	for _, part := range []struct {
		name string
		run  func()
	}{
		{"replaymemory", func() { p.replayMemory(1_000_000) }}, // first: the peak of a process includes its parent's when it was forked
		{"exporter", func() { p.exporter(100, 1000, 100) }},    // for the same reason
		{"fleet", func() { p.fleet(100, 1000) }},
		{"jobs", func() { p.jobs(100_000) }},
		{"status", func() { p.status(10_000) }},
		{"health", p.health},
		{"oldnames", p.oldNames},
		{"peek", func() { p.peek(100_000) }},
		{"checkwork", func() { p.checkWork(4000, 4) }},
		{"proxy", func() { p.proxy(50_000) }},
		{"proxysync", func() { p.proxySync(500) }},
	} {
		t.Run(part.name, func(t *testing.T) {
			outer := p.t
			p.t = t
			defer func() { p.t = outer }()
			part.run()
			p.w.Flush() // what there is, should a later part fail
		})
	}
}

type pairs struct {
	*bench
	before string // an older build; empty: none
}

// cost is what a piece of work took; of a process also CPU time, with that of its children, and the most memory.
type cost struct {
	wall, cpu time.Duration
	rss       int64 // bytes
}

// spend runs a command to its end. Its output is read and discarded.
func (p *pairs) spend(stdin io.Reader, argv ...string) cost {
	p.t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	var stderr strings.Builder
	cmd.Stdin, cmd.Stderr = stdin, &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	io.Copy(io.Discard, out)
	err = cmd.Wait()
	took := time.Since(start)
	if err != nil {
		p.t.Fatalf("%v: %v\n%.500s", cmd, err, stderr.String())
	}
	return costOf(cmd.ProcessState, took)
}

func costOf(state *os.ProcessState, took time.Duration) cost {
	return cost{took, state.UserTime() + state.SystemTime(), state.SysUsage().(*syscall.Rusage).Maxrss << 10}
}

// sideBySide prints the medians of n pairs. A bar of 0 is none.
func (p *pairs) sideBySide(n int, work, beside, bar string, ours, theirs func() cost) {
	p.t.Helper()
	var walls, cpus []float64
	var a, b []cost
	for i := range n + 1 {
		one, other := ours(), theirs()
		if i == 0 {
			continue // to warm up
		}
		a, b = append(a, one), append(b, other)
		walls = append(walls, float64(one.wall)/float64(other.wall))
		cpus = append(cpus, float64(one.cpu)/float64(max(other.cpu, 1)))
	}
	wall := func(c cost) time.Duration { return c.wall }
	cpu := func(c cost) time.Duration { return c.cpu }
	ofCPU := fmt.Sprintf("%.2f", middle(cpus))
	if medianOf(b, cpu) == 0 {
		ofCPU = "-"
	}
	p.row(work, short(medianOf(a, wall)), short(medianOf(a, cpu)), beside, short(medianOf(b, wall)), short(medianOf(b, cpu)),
		fmt.Sprintf("%.2f", middle(walls)), ofCPU, bar)
}

func medianOf(list []cost, of func(cost) time.Duration) time.Duration {
	all := make([]time.Duration, len(list))
	for i, c := range list {
		all[i] = of(c)
	}
	return middle(all)
}

func middle[T cmp.Ordered](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

func short(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
