package wire_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

func TestLines(t *testing.T) {
	const buffer = 128 << 10 // of the reader
	long := strings.Repeat("x", buffer+10)
	for _, c := range []struct {
		name string
		in   string
		want []string
	}{
		{"LF", "OK\n.\n", []string{"OK", "."}},
		{"CRLF", "OK\r\nERR a\r\n", []string{"OK", "ERR a"}},
		{"empty", "\n\r\n\n", []string{"", "", ""}},
		{"only the last CR goes", "a\r\r\n\rb\n", []string{"a\r", "\rb"}},
		{"NUL inside", "a\x00b\n", []string{"a\x00b"}},
		{"not UTF-8", "\xff\xfe\n", []string{"\xff\xfe"}},
		{"over the read buffer", long + "\r\nnext\n", []string{long, "next"}},
		{"LF at the edge of the buffer", long[:buffer-1] + "\n" + long[:buffer] + "\nz\n", []string{long[:buffer-1], long[:buffer], "z"}},
		{"CRLF across the edge", long[:buffer-1] + "\r\nz\n", []string{long[:buffer-1], "z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []int{1, 3, 4096, 1 << 20} {
				r := wire.NewReader(&stepReader{rest: []byte(c.in), step: step})
				if diff := cmp.Diff(c.want, readLines(t, r)); diff != "" {
					t.Fatalf("in steps of %d: lines -want +got\n%.500s", step, diff)
				}
			}
		})
	}
}

func readLines(t *testing.T, r *wire.Reader) (lines []string) {
	t.Helper()
	for {
		line, err := r.ReadLine()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
}

func TestBadLines(t *testing.T) {
	for _, c := range []struct {
		name, in string
		max      int
		want     string
	}{
		{"over the limit", "12345\n", 4, "longer than 4 bytes"},
		{"over the limit with CR", "12345\r\n", 4, "longer than 4 bytes"},
		{"over the default limit", strings.Repeat("x", wire.DefaultMaxLine+1) + "\n", 0, "longer than 1048576 bytes"},
		{"without end", strings.Repeat("x", 2*wire.DefaultMaxLine), 0, "longer than 1048576 bytes"},
		{"a packet", "\x00RES\x00\x00\x00\x06\x00\x00\x00\x00", 0, "a binary packet where an admin line was due"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := wire.NewReader(strings.NewReader(c.in))
			r.MaxLine = c.max
			_, err := r.ReadLine()
			var frame *wire.FrameError
			if !errors.As(err, &frame) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a FrameError with %q", err, c.want)
			}
		})
	}
}

func TestALineOfTheLimitIsAccepted(t *testing.T) {
	for _, end := range []string{"\n", "\r\n"} {
		line := strings.Repeat("x", wire.DefaultMaxLine)
		if got, err := wire.NewReader(strings.NewReader(line + end)).ReadLine(); err != nil || string(got) != line {
			t.Errorf("%q: got %d bytes, %v, want %d", end, len(got), err, len(line))
		}
	}
}

// A server whose packet comes where a line is due says nothing more: the reader must not wait for an LF.
func TestAPacketWhereALineIsDueIsSeenAtOnce(t *testing.T) {
	r := wire.NewReader(&pieces{res(wire.Noop), nil})
	var frame *wire.FrameError
	if _, err := r.ReadLine(); !errors.As(err, &frame) {
		t.Errorf("got %v, want a FrameError", err)
	}
}

// Nor for the twelve bytes of a header when text comes where a packet is due.
func TestTextWhereAPacketIsDueIsSeenAtOnce(t *testing.T) {
	r := wire.NewReader(&pieces{[]byte("no\n"), nil})
	var frame *wire.FrameError
	if _, _, err := r.ReadPacket(); !errors.As(err, &frame) {
		t.Errorf("got %v, want a FrameError", err)
	}
}

func TestLinesEndAndTimeOut(t *testing.T) {
	if _, err := wire.NewReader(strings.NewReader("")).ReadLine(); !errors.Is(err, io.EOF) {
		t.Errorf("nothing: got %v, want EOF", err)
	}
	for _, n := range []int{1, 200_000} {
		in := strings.NewReader(strings.Repeat("x", n))
		if _, err := wire.NewReader(in).ReadLine(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes without LF: got %v, want unexpected EOF", n, err)
		}
	}
	if _, err := wire.NewReader(&pieces{[]byte("part"), nil}).ReadLine(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want a time-out", err)
	}
}

func TestLinesAndPacketsAlternate(t *testing.T) {
	stream := join([]byte("OK 1.1.20\n"), res(wire.Noop), []byte("q\t1\t0\t2\n.\r\n"), res(wire.EchoRes, "\n\x00\n"), []byte("OK\n"))
	for step := 1; step <= len(stream); step++ {
		r := wire.NewReader(&stepReader{rest: stream, step: step})
		var got []string
		for {
			packet, err := r.NextIsPacket()
			if err != nil {
				break
			}
			if packet {
				p, _, err := r.ReadPacket()
				got = append(got, p.Type.String()+string(p.Arg(0)))
				if err != nil {
					t.Fatal(err)
				}
				continue
			}
			line, err := r.ReadLine()
			got = append(got, string(line))
			if err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"OK 1.1.20", "NOOP", "q\t1\t0\t2", ".", "ECHO_RES\n\x00\n", "OK"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("in steps of %d: -want +got\n%s", step, diff)
		}
	}
}
