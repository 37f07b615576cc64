package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gearctl/wire"
)

// stepReader gives at most step bytes at a time.
type stepReader struct {
	rest []byte
	step int
}

func (r *stepReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest[:min(r.step, len(r.rest))])
	r.rest = r.rest[n:]
	return n, nil
}

// pieces gives one piece at each Read; where a piece is empty it times out.
type pieces [][]byte

func (r *pieces) Read(p []byte) (int, error) {
	if len(*r) == 0 {
		return 0, io.EOF
	}
	piece := (*r)[0]
	if len(piece) == 0 {
		*r = (*r)[1:]
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(p, piece)
	if (*r)[0] = piece[n:]; n == len(piece) {
		*r = (*r)[1:]
	}
	return n, nil
}

func TestPacketsSplitAnywhereAreReadExactly(t *testing.T) {
	for _, p := range packets {
		for at := 1; at < len(p.wire); at++ {
			checkReads(t, p.args, &pieces{[]byte(p.wire[:at]), []byte(p.wire[at:])})
		}
		checkReads(t, p.args, &stepReader{rest: []byte(p.wire), step: 1})
	}
}

func checkReads(t *testing.T, want []string, from io.Reader) {
	t.Helper()
	got, _, err := wire.NewReader(from).ReadPacket()
	if diff := cmp.Diff(want, stringsOf(got.Args), cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Fatalf("%v: %v, args -want +got\n%s", got.Type, err, diff)
	}
}

func TestTruncatedPackets(t *testing.T) {
	for _, p := range packets {
		for end := range len(p.wire) {
			_, _, err := wire.NewReader(strings.NewReader(p.wire[:end])).ReadPacket()
			want := io.ErrUnexpectedEOF
			if end == 0 {
				want = io.EOF
			}
			if !errors.Is(err, want) {
				t.Errorf("%v cut after %d bytes: got %v, want %v", p.typ, end, err, want)
			}
		}
	}
}

func TestBadHeaders(t *testing.T) {
	for _, c := range []struct{ name, wire, want string }{
		{"magic", "\x00REX\x00\x00\x00\x01\x00\x00\x00\x00", `bad magic "\x00REX"`},
		{"text", "HTTP/1.1 400 Bad Request\r\n", `bad magic "HTTP"`},
		{"short text", "ok\n", `bad magic "ok\n"`},
		{"type 0", "\x00REQ\x00\x00\x00\x00\x00\x00\x00\x00", "unexpected packet type 0"},
		{"type 5", "\x00REQ\x00\x00\x00\x05\x00\x00\x00\x00", "unexpected packet type 5"},
		{"type 43", "\x00RES\x00\x00\x00\x2b\x00\x00\x00\x00", "unexpected packet type 43"},
		{"huge type", "\x00RES\xff\xff\xff\xff\x00\x00\x00\x00", "unexpected packet type 4294967295"},
		{"response as request", "\x00REQ\x00\x00\x00\x06\x00\x00\x00\x00", "unexpected NOOP"},
		{"request as response", "\x00RES\x00\x00\x00\x07\x00\x00\x00\x00", "unexpected SUBMIT_JOB"},
		{"size", "\x00RES\x00\x00\x00\x11\xff\xff\xff\xff", "ECHO_RES of 4294967295 bytes is over the limit of 67108864"},
		{"size by one", "\x00RES\x00\x00\x00\x11\x04\x00\x00\x01", "over the limit"},
		{"body where none is due", "\x00RES\x00\x00\x00\x06\x00\x00\x00\x01x", "NOOP carries 1 bytes, wants none"},
		{"arguments missing", "\x00RES\x00\x00\x00\x14\x00\x00\x00\x03H:1", "STATUS_RES has 1 arguments, wants 5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := wire.NewReader(strings.NewReader(c.wire)).ReadPacket()
			var frame *wire.FrameError
			if !errors.As(err, &frame) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want a FrameError with %q", err, c.want)
			}
			if got, want := frame.TooLarge, strings.HasPrefix(c.name, "size"); got != want {
				t.Errorf("TooLarge: got %v, want %v", got, want)
			}
		})
	}
}

func TestAPacketOfTheLimitIsAccepted(t *testing.T) {
	r := wire.NewReader(bytes.NewReader(res(wire.EchoRes, "12345678")))
	r.MaxPacket = 8
	if p, _, err := r.ReadPacket(); err != nil || string(p.Arg(0)) != "12345678" {
		t.Errorf("got %q, %v", p.Arg(0), err)
	}
}

func TestATimeOutKeepsTheFrame(t *testing.T) {
	body := strings.Repeat("0123456789", 50_000)
	packet := res(wire.WorkData, "H:1", body)
	for _, at := range []int{1, 3, 11, 12, 13, 20, 400_000, len(packet) - 1} {
		from := &pieces{packet[:at], nil, nil, packet[at:], res(wire.Noop)}
		r := wire.NewReader(from)
		for range 2 {
			if _, _, err := r.ReadPacket(); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("cut at %d: got %v, want a time-out", at, err)
			}
		}
		p, _, err := r.ReadPacket()
		if err != nil || string(p.Arg(1)) != body {
			t.Fatalf("cut at %d: %v, %d bytes of data, want %d", at, err, len(p.Arg(1)), len(body))
		}
		if p, _, err := r.ReadPacket(); err != nil || p.Type != wire.Noop {
			t.Fatalf("cut at %d: the next packet is %v (%v), want NOOP", at, p.Type, err)
		}
	}
}

func TestATimeOutInsideABodyIsNotBetweenLines(t *testing.T) {
	packet := res(wire.EchoRes, "data")
	r := wire.NewReader(&pieces{packet[:14], nil, packet[14:]})
	r.ReadPacket()
	if packet, err := r.NextIsPacket(); !packet || err != nil {
		t.Errorf("NextIsPacket: got %v, %v, want true", packet, err)
	}
	var frame *wire.FrameError
	if _, err := r.ReadLine(); !errors.As(err, &frame) {
		t.Errorf("ReadLine: got %v, want a FrameError", err)
	}
}

func TestADeadlineOfANetworkConnectionKeepsTheFrame(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	packet := res(wire.EchoRes, "in two parts")
	sent := make(chan struct{})
	go func() {
		defer server.Close()
		server.Write(packet[:15])
		<-sent
		server.Write(packet[15:])
	}()
	r := wire.NewReader(client)
	client.SetReadDeadline(time.Now().Add(short))
	if _, _, err := r.ReadPacket(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("got %v, want a time-out", err)
	}
	client.SetReadDeadline(time.Time{})
	close(sent)
	if p, _, err := r.ReadPacket(); err != nil || string(p.Arg(0)) != "in two parts" {
		t.Fatalf("got %q, %v", p.Arg(0), err)
	}
}
