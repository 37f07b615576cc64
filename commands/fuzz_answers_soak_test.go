//go:build soak && linux

package commands_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// fuzzedRuns is how many command lines TestSoakFuzzedAnswers runs.
const fuzzedRuns = 1500

// fuzzedLines are the command lines that meet fuzzed answers. None runs for ever, and none asks.
var fuzzedLines = []string{
	"status", "status -o json", "status -o csv", "status --priority", "workers", "workers --wide --wait 200ms", "version", "ping --count 2",
	"jobs", "jobs --unique -o jsonl", "job status H:x:1", "job status --unique u", "job cancel H:x:1 --yes", "raw status", "raw anything -o json",
	"peek q", "peek q --rotate --max 2", "submit q x --wait 300ms", "submit -b q x", "drain q --yes", "drain q --yes -o raw", "move q r --yes",
	"work q --print --count 2 --idle 200ms", "work q --count 2 --idle 200ms -- cat", "queue create q", "queue drop q --yes", "queue limit q 5",
	"queue gc --yes", "health", "health --waiting-warning 1", "health -o json", "health --stalled 200ms", "exporter --textfile -", "top --batch 2 --interval 200ms",
	"check service h s --command true --queue q --wait 500ms", "result send --host h --service s --output x --code 0", "doctor --interval 10ms",
}

// TestSoakFuzzedAnswers runs every command against a server whose answers are damaged at random: none may panic, hang,
// take more than 200 MB, or exit with a code that is not documented. GEARCTL_SEED repeats a run.
func TestSoakFuzzedAnswers(t *testing.T) {
	seed := rand.Uint64()
	if s, err := strconv.ParseUint(os.Getenv("GEARCTL_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("GEARCTL_SEED=%d", seed)
	gearctl := commandtest.Binary(t)
	var wg sync.WaitGroup
	atOnce := make(chan struct{}, 4)
	for i := range fuzzedRuns {
		atOnce <- struct{}{}
		wg.Go(func() {
			fuzzAnswers(t, gearctl, fuzzedLines[i%len(fuzzedLines)], seed, uint64(i))
			<-atOnce
		})
	}
	wg.Wait()
}

// fuzzAnswers makes one run.
func fuzzAnswers(t *testing.T, gearctl, line string, seed, run uint64) {
	var connections atomic.Uint64
	addr, stop, err := servertest.StartHostile(func(c net.Conn) { fuzzedServer(c, seed, run<<16+connections.Add(1)) })
	if err != nil {
		t.Error(err)
		return
	}
	defer stop()
	got := measure(t, gearctl, addr, append(strings.Fields(line), "--timeout", "300ms")...)
	switch {
	case strings.Contains(got.Stderr, "panic:") || strings.Contains(got.Stderr, "goroutine "):
		t.Errorf("run %d: %s panics:\n%.3000s", run, line, got.Stderr)
	case got.Code < 0 || got.Code > 4:
		t.Errorf("run %d: %s: exit code %d after %v\n%.500s", run, line, got.Code, got.took, got.Stderr)
	case got.peak > 200<<20:
		t.Errorf("run %d: %s took %d MB", run, line, got.peak>>20)
	}
}

// fuzzedServer answers requests as a server does, and damages what it sends.
func fuzzedServer(c net.Conn, seed, connection uint64) {
	random := rand.New(rand.NewPCG(seed, connection))
	e := endless{name: func(int) string { return "q" }, payload: 10}
	e.serve(&damaged{Conn: c, random: random})
}

// damaged is a connection on which what is written gets lost, cut, repeated or changed. Of a storm little is written.
type damaged struct {
	net.Conn
	random *rand.Rand
	sent   int
}

func (d *damaged) Write(b []byte) (int, error) {
	if d.sent += len(b); d.sent > 32<<20 {
		return 0, net.ErrClosed
	}
	out := bytes.Clone(b)
	for range d.random.IntN(4) {
		at := d.random.IntN(len(out) + 1)
		switch d.random.IntN(7) {
		case 0:
			out = out[:at]
		case 1:
			out = append(out[:at:at], append(d.noise(), out[at:]...)...)
		case 2:
			out = append(out, out...)
		case 3:
			out = append(out, d.packet()...)
		case 4:
			d.Conn.Close()
			return 0, net.ErrClosed
		default:
			if at < len(out) {
				out[at] = byte(d.random.Uint32())
			}
		}
	}
	if _, err := d.Conn.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

// packet is a response of any type with any number of arguments.
func (d *damaged) packet() []byte {
	var args [][]byte
	for range d.random.IntN(6) {
		args = append(args, d.noise())
	}
	body := bytes.Join(args, []byte{0})
	head := binary.BigEndian.AppendUint32([]byte("\x00RES"), d.random.Uint32N(45))
	return append(binary.BigEndian.AppendUint32(head, uint32(len(body))), body...)
}

// noise is a piece of what servers say, or bytes.
func (d *damaged) noise() []byte {
	words := []string{"q\t1\t0\t1\n", ".\n", "\x00", "\x00RES\x00\x00\x00\x0b\xff\xff\xff\xff", "\t99999999999999999999", "ERR x y\n", "\r\n", "H:x:1", strings.Repeat("9", 300), "-1", "\x1b]0;x\a", strings.Repeat("x", 5000)}
	return []byte(words[d.random.IntN(len(words))])
}
