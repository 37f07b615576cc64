package wire_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"runtime"
	"testing"

	"gearctl/wire"
)

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// claim is the header of an ECHO_RES that says to be size bytes long.
func claim(size uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte("\x00RES\x00\x00\x00\x11"), size)
}

func TestAClaimedSizeCostsNoMemory(t *testing.T) {
	const slack = 1 << 20
	for _, c := range []struct {
		name      string
		limit     int
		sent      int
		atMost    uint64
		wantError string
	}{
		{"over the limit", 0, 0, slack, "limit"},
		{"within a raised limit", math.MaxUint32, 0, 2 << 20, "EOF"},
		{"ten MB of it sent", math.MaxUint32, 10 << 20, 40 << 20, "EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := wire.NewReader(io.MultiReader(bytes.NewReader(claim(math.MaxUint32)), io.LimitReader(zeros{}, int64(c.sent))))
			r.MaxPacket = c.limit
			var err error
			if got := allocated(func() { _, _, err = r.ReadPacket() }); got > c.atMost {
				t.Errorf("allocated %d bytes, want at most %d", got, c.atMost)
			}
			if err == nil || !bytes.Contains([]byte(err.Error()), []byte(c.wantError)) {
				t.Errorf("got %v, want %s in it", err, c.wantError)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestALargeBodyArrivesWhole(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcdef"), 5<<16) // 5 MiB
	r := wire.NewReader(bytes.NewReader(join(res(wire.EchoRes, string(want)), res(wire.EchoRes, string(want[:200_000])), res(wire.Noop))))
	for _, want := range [][]byte{want, want[:200_000]} {
		if p, _, err := r.ReadPacket(); err != nil || !bytes.Equal(p.Arg(0), want) {
			t.Fatalf("%v: got %d bytes, want the %d that were sent", err, len(p.Arg(0)), len(want))
		}
	}
	if p, _, err := r.ReadPacket(); err != nil || p.Type != wire.Noop {
		t.Fatalf("got %v, %v, want NOOP", p.Type, err)
	}
}

func TestReadingSmallPacketsAllocatesNothing(t *testing.T) {
	packet := res(wire.JobAssignUniq, "H:lap:12345", "queue", "key", "workload")
	r := wire.NewReader(bytes.NewReader(bytes.Repeat(packet, 2000)))
	r.ReadPacket()
	if n := testing.AllocsPerRun(1000, func() { r.ReadPacket() }); n != 0 {
		t.Errorf("%v allocations a packet, want none", n)
	}
}
