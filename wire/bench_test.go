package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver"
)

func BenchmarkEncode(b *testing.B) {
	args := bytesOf([]string{"service", "0123456789abcdef0123456789abcdef", string(make([]byte, 200))})
	buf := wire.AppendRequest(nil, wire.SubmitJobBG, args...)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = wire.AppendRequest(buf[:0], wire.SubmitJobBG, args...)
	}
}

// endless gives the same bytes again and again.
type endless struct {
	b  []byte
	at int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		m := copy(p[n:], e.b[e.at:])
		n += m
		e.at = (e.at + m) % len(e.b)
	}
	return n, nil
}

func BenchmarkDecode(b *testing.B) {
	for _, size := range []int{200, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			packet := res(wire.JobAssignUniq, "H:lap:123456", "service", "0123456789abcdef0123456789abcdef", string(make([]byte, size)))
			r := wire.NewReader(&endless{b: packet})
			b.SetBytes(int64(len(packet)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := r.ReadPacket(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStatusOfAMillionLines(b *testing.B) {
	answer := append(bytes.Repeat([]byte("service_by_host\t12\t3\t45\n"), 1_000_000), ".\n"...)
	for b.Loop() {
		c := mock(b, expects([]byte("status\r\n")), replies(answer))
		if l, err := c.Status(b.Context()); err != nil || len(l.Rows) != 1_000_000 {
			b.Fatal(len(l.Rows), err)
		}
		c.Close()
	}
}

// BenchmarkSubmit is a job in the background through a Submitter, against the embedded server, with unique keys.
func BenchmarkSubmit(b *testing.B) {
	c := dial(b, &wire.Dialer{}, embedded(b, jobserver.Options{}))
	s := wire.NewSubmitter(b.Context(), c, 0, func(r wire.SubmitResult) error { return r.Err })
	keys := wire.NewUniqueSource()
	job := &wire.Submission{Function: "q", Workload: make([]byte, 200), Background: true}
	b.ReportAllocs()
	for b.Loop() {
		job.Unique = keys.Next()
		if err := s.Send(job); err != nil {
			b.Fatal(err)
		}
	}
	if sent, answered, err := s.Close(); sent != answered || err != nil {
		b.Fatal(sent, answered, err)
	}
}

// BenchmarkTake takes b.N jobs from the embedded server, in both orders.
func BenchmarkTake(b *testing.B) {
	for name, asTheyCome := range map[string]bool{"all first": false, "as they come": true} {
		b.Run(name, func(b *testing.B) {
			addr := embedded(b, jobserver.Options{})
			fill(b, addr, "q", b.N)
			c := dial(b, &wire.Dialer{}, addr)
			b.ResetTimer()
			n, err := c.Take(b.Context(), &wire.Take{Function: "q", AckImmediately: asTheyCome, Job: func(wire.Job) error { return nil }})
			if err != nil || n.Acknowledged != int64(b.N) {
				b.Fatalf("%+v, %v", n, err)
			}
		})
	}
}

// BenchmarkHeldMemory reports what a job costs between its arrival and its acknowledgement, from a server that
// keeps nothing itself.
func BenchmarkHeldMemory(b *testing.B) {
	const jobs = 300_000
	for b.Loop() {
		var before, after runtime.MemStats
		c := mock(b, expects(begins), handsOut(jobs), ignoresTheRest)
		runtime.GC()
		runtime.ReadMemStats(&before)
		n := 0
		_, err := c.Take(b.Context(), &wire.Take{Function: "q", Sync: func() error {
			runtime.GC()
			runtime.ReadMemStats(&after)
			return io.ErrShortWrite // ends the round
		}, Job: func(wire.Job) error { n++; return nil }})
		if n != jobs || err == nil {
			b.Fatal(n, err)
		}
		c.Close()
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/jobs, "B/job")
	}
}
