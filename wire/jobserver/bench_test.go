package jobserver_test

import (
	"bytes"
	"net"
	"strconv"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// window is how many requests the benchmarks keep in flight.
const window = 1000

// workload is the 200 bytes of each job.
var workload = bytes.Repeat([]byte("x"), 200)

func BenchmarkSubmit(b *testing.B) {
	onBoth(b, func(b *testing.B, addr string) { submitMany(b, addr, b.N) })
}

func BenchmarkSubmitWithUniqueKeys(b *testing.B) {
	onBoth(b, func(b *testing.B, addr string) {
		pipeline(b, addr, nil, b.N, func(buf []byte, i int) []byte {
			return wire.AppendRequest(buf, wire.SubmitJobBG, []byte("q"), strconv.AppendInt([]byte("key-"), int64(i), 10), workload)
		})
	})
}

func BenchmarkGrabAndComplete(b *testing.B) {
	onBoth(b, func(b *testing.B, addr string) {
		submitMany(b, addr, b.N)
		b.ResetTimer()
		takeMany(b, addr, b.N)
	})
}

func onBoth(b *testing.B, run func(*testing.B, string)) {
	b.Run("embedded", func(b *testing.B) {
		_, addr := start(b, jobserver.Options{})
		b.ResetTimer()
		run(b, addr)
	})
	b.Run("gearmand", func(b *testing.B) {
		addr := gearmandtest.Start(b)
		b.ResetTimer()
		run(b, addr)
	})
}

func submitMany(b *testing.B, addr string, n int) {
	pipeline(b, addr, nil, n, func(buf []byte, _ int) []byte {
		return wire.AppendRequest(buf, wire.SubmitJobBG, []byte("q"), nil, workload)
	})
}

// takeMany grabs n jobs and completes each as it comes.
func takeMany(b *testing.B, addr string, n int) {
	nc := connect(b, addr)
	nc.Write(wire.AppendRequest(nil, wire.CanDo, []byte("q")))
	r := wire.NewReader(nc)
	var buf []byte
	grab := func() { buf = wire.AppendRequest(buf, wire.GrabJobUniq) }
	sent := 0
	for ; sent < min(window, n); sent++ {
		grab()
	}
	for range n {
		if r.Buffered() == 0 {
			nc.Write(buf)
			buf = buf[:0]
		}
		p, _, err := r.ReadPacket()
		if err != nil || p.Type != wire.JobAssignUniq {
			b.Fatalf("grab: got %v, %v", p.Type, err)
		}
		buf = wire.AppendRequest(buf, wire.WorkComplete, p.Arg(0), nil)
		if sent < n {
			sent++
			grab()
		}
	}
	buf = wire.AppendRequest(buf, wire.EchoReq, nil)
	nc.Write(buf)
	if p, _, err := r.ReadPacket(); err != nil || p.Type != wire.EchoRes {
		b.Fatalf("drain: got %v, %v", p.Type, err)
	}
}

// pipeline sends n requests with a window in flight and reads their answers.
func pipeline(b *testing.B, addr string, first []byte, n int, request func([]byte, int) []byte) {
	nc := connect(b, addr)
	buf := first
	r := wire.NewReader(nc)
	sent := 0
	for ; sent < min(window, n); sent++ {
		buf = request(buf, sent)
	}
	for range n {
		if r.Buffered() == 0 {
			nc.Write(buf)
			buf = buf[:0]
		}
		if p, _, err := r.ReadPacket(); err != nil || p.Type != wire.JobCreated {
			b.Fatalf("submit: got %v, %v", p.Type, err)
		}
		if sent < n {
			buf = request(buf, sent)
			sent++
		}
	}
}

func connect(t testing.TB, addr string) net.Conn {
	t.Helper()
	nc, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc
}
