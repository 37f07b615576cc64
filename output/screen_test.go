package output

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"
)

func size(width, height int) func() (int, int) {
	return func() (int, int) { return width, height }
}

func TestScreenDrawsInPlace(t *testing.T) {
	var b bytes.Buffer
	s := NewScreen(&b, size(80, 3))
	for _, tt := range []struct{ frame, want string }{
		{"a\nb\n", "\r\n\r\n\r\n\x1b[?7l\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J\x1b[?7h"},
		{"c\n\x1b[7md\x1b[27m\ne\n", "\x1b[?7l\x1b[Hc\x1b[K\r\n\x1b[7md\x1b[27m\x1b[K\r\ne\x1b[K\x1b[J\x1b[?7h"},
		{"1\n2\n3\n4\n5\n", "\x1b[?7l\x1b[H1\x1b[K\r\n2\x1b[K\r\n(3 more lines)\x1b[K\x1b[J\x1b[?7h"},
		{"", "\x1b[?7l\x1b[H\x1b[K\x1b[J\x1b[?7h"},
	} {
		b.Reset()
		if err := s.Draw([]byte(tt.frame)); err != nil {
			t.Fatal(err)
		}
		want(t, b.String(), tt.want)
	}
	b.Reset()
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	want(t, b.String(), "\r\n")
}

func TestScreenOfUnknownHeight(t *testing.T) {
	var b bytes.Buffer
	if err := NewScreen(&b, size(0, 0)).Draw([]byte(strings.Repeat("x\n", 500))); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "x\x1b[K"); n != 500 {
		t.Errorf("%d lines drawn, want all 500", n)
	}
}

func TestScreenReportsWriteErrors(t *testing.T) {
	err := NewScreen(&full{room: 5}, size(80, 24)).Draw([]byte("a\n"))
	if !errors.Is(err, syscall.ENOSPC) || err.Error() != "draw screen: no space left on device" {
		t.Errorf("got %v, want draw screen: no space left on device", err)
	}
	if err := NewScreen(&full{}, size(80, 24)).Close(); err != nil {
		t.Errorf("closing what was never drawn: got %v", err)
	}
}
