package proxy_test

import (
	"fmt"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
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
				if r := commandtest.Gearctl(b, lines, "-s", from, "submit", "-b", "-l", "q"); r.Code != 0 {
					b.Fatal(r.Stderr)
				}
				b.StartTimer()
				p := commandtest.StartProxy(b, "--route", from+"/q="+to+"/q", "--spool", b.TempDir())
				if !c.worker {
					servertest.WaitTotal(b, to, "q", jobs)
					b.StopTimer()
				}
				r := commandtest.Gearctl(b, "", "-s", to, "work", "q", "--count", fmt.Sprint(jobs))
				b.StopTimer()
				if r.Code != 0 {
					b.Fatal(r.Stderr)
				}
				p.Stop(b)
				b.StartTimer()
			}
			b.ReportMetric(float64(jobs)*float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}
