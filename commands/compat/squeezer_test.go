package compat

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestSqueeze: delimiters in a row are one, where it is certain which field is which.
func TestSqueeze(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ delimiters, line, want string }{
		{"\t", "h\ts\t0\tout\n", "h\ts\t0\tout\n"},
		{"\t", "h\t0\tout\n", "h\t0\tout\n"},
		{"\t", "h\t\ts\t\t0\tout\n", "h\ts\t0\tout\n"},
		{"\t", "\th\ts\t0\tout\n", "h\ts\t0\tout\n"},
		{"\t", "h\ts\t0\t\tout\n", "h\ts\t0\t\tout\n"},
		{"\t", "h\t\t0\tout\n", "h\t\t0\tout\n"},
		{"\t", "h\ts\t0\t\n", "h\ts\t0\t\n"},
		{";,", "h,s;0;out,more\n", "h;s;0;out,more\n"},
		{"\t", "\n", "\n"},
		{"\t", strings.Repeat("x", 2*keptInput) + "\t\t0\n", strings.Repeat("x", 2*keptInput) + "\t\t0\n"},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.line + c.line), "by bytes": iotest.OneByteReader(strings.NewReader(c.line + c.line))} {
			got, err := io.ReadAll(newSqueezer(r, c.delimiters))
			if err != nil || string(got) != c.want+c.want {
				t.Errorf("%s, %.40q: %.80q, %v, want %.40q twice", name, c.line, got, err, c.want)
			}
		}
	}
}

// TestSqueezerGivesManyLinesAtOnce.
func TestSqueezerGivesManyLinesAtOnce(t *testing.T) {
	t.Parallel()
	s := newSqueezer(strings.NewReader(strings.Repeat("h\ts\t0\tout\n", 1000)), "\t")
	if n, err := s.Read(make([]byte, 64<<10)); n < 10_000 || err != nil {
		t.Errorf("one Read returned %d bytes, %v", n, err)
	}
}
