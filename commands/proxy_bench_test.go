package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// BenchmarkProxy carries jobs of 200 bytes, which wait at the source, between two gearmands. At the target they gather,
// which with many unique keys is slow for a gearmand with the usual 991 hash buckets, or a worker takes them.
func BenchmarkProxy(b *testing.B) {
	for _, c := range []struct {
		name   string
		worker bool
		args   []string
	}{
		{"gathered", false, nil},
		{"worker", true, nil},
		{"buckets", false, []string{"--hashtable-buckets=1000003"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			const jobs = 100_000
			args := append([]string{"--threads=4"}, c.args...)
			from, to := gearmandtest.Start(b, args...), gearmandtest.Start(b, args...)
			lines := strings.Repeat(strings.Repeat("x", 200)+"\n", jobs)
			for b.Loop() {
				b.StopTimer()
				if r := gearctl(b, lines, "-s", from, "submit", "-b", "-l", "q"); r.code != 0 {
					b.Fatal(r.stderr)
				}
				b.StartTimer()
				p := startProxy(b, "--route", from+"/q="+to+"/q", "--spool", b.TempDir())
				if !c.worker {
					waitForTotal(b, to, "q", jobs)
					b.StopTimer()
				}
				r := gearctl(b, "", "-s", to, "work", "q", "--count", fmt.Sprint(jobs))
				b.StopTimer()
				if r.code != 0 {
					b.Fatal(r.stderr)
				}
				p.stop(b)
				b.StartTimer()
			}
			b.ReportMetric(float64(jobs)*float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}

// runningProxy is a proxy in this process.
type runningProxy struct {
	cancel context.CancelCauseFunc
	done   chan run
}

func startProxy(t testing.TB, argv ...string) *runningProxy {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	p := &runningProxy{cancel: cancel, done: make(chan run, 1)}
	go func() { p.done <- gearctlCtx(ctx, strings.NewReader(""), append([]string{"proxy"}, argv...)...) }()
	t.Cleanup(func() { cancel(errInterrupted) })
	return p
}

// stop ends the proxy as SIGTERM does.
func (p *runningProxy) stop(t testing.TB) run {
	t.Helper()
	p.cancel(errInterrupted)
	r := <-p.done
	if r.code != exitOK {
		t.Errorf("the proxy ended with %d: %s", r.code, r.stderr)
	}
	return r
}

// waitForTotal waits until a queue holds that many jobs.
func waitForTotal(t testing.TB, server, queue string, want int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var last int64
	_, err := wire.WithConn(ctx, new(wire.Dialer), server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
			list, err := c.Status(ctx)
			if err != nil {
				return struct{}{}, err
			}
			for _, q := range list.Rows {
				if q.Function == queue {
					last = q.Total
				}
			}
			if last == want {
				return struct{}{}, nil
			}
		}
	})
	if err != nil {
		t.Fatal(fmt.Errorf("queue %s on %s: %w: last seen %d jobs, want %d", queue, server, err, last, want))
	}
}
