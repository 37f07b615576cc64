package input

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func readLines(t *testing.T, in *Reader) ([]string, error) {
	t.Helper()
	var lines []string
	for {
		line, err := in.Next(t.Context(), nil)
		if err != nil {
			return lines, err
		}
		lines = append(lines, string(line))
	}
}

func TestReaderSplitsLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*readChunk)
	for text, want := range map[string][]string{
		"":                         nil,
		"a":                        {"a"},
		"a\n\nb\n":                 {"a", "", "b"},
		long + "\n" + long + "\nc": {long, long, "c"},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(text), "data with EOF": iotest.DataErrReader(strings.NewReader(text))} {
			in := NewStdinReader(r)
			got, err := readLines(t, in)
			if in.Close(); err != io.EOF || strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("%s: %.30q of %d bytes gave %d lines and %v, want %d", name, text, len(text), len(got), err, len(want))
			}
		}
	}
}

func TestReaderReturnsReadErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	in := NewStdinReader(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)))
	defer in.Close()
	if got, err := readLines(t, in); len(got) != 1 || !errors.Is(err, broken) || err.Error() != "read stdin: broken" {
		t.Errorf("got %q, %v", got, err)
	}
	missing := NewReader(func() (io.ReadCloser, error) { return os.Open("/no/such/file") })
	defer missing.Close()
	if _, err := io.ReadAll(missing.Stream(t.Context(), nil)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// TestReaderStopsWaiting waits for input that never arrives: idle is called first, then waiting ends with the context
// or after Wait.
func TestReaderStopsWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		in := NewStdinReader(r)
		defer w.Close()
		defer in.Close()
		go w.Write([]byte("one\ntw"))
		idle := 0
		next := func(ctx context.Context) (string, error) {
			line, err := in.Next(ctx, func() error { idle++; return nil })
			return string(line), err
		}
		if line, err := next(t.Context()); line != "one" || err != nil {
			t.Fatalf("got %q, %v", line, err)
		}
		synctest.Wait()
		cause := errors.New("interrupted")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		before := idle
		if line, err := next(ctx); !errors.Is(err, cause) || idle != before+1 {
			t.Errorf("got %q, %v, idle %d times", line, err, idle-before)
		}
		in.Wait = time.Minute
		if _, err := next(t.Context()); err == nil || err.Error() != "read stdin: no input within 1m" {
			t.Errorf("waited a minute: %v", err)
		}
	})
}

func TestReadStdinStopsAfterLimit(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte("0123456789"), 100_000)
	for limit, want := range map[int]int{len(big): len(big), 70_000: 70_001} {
		if got, err := ReadStdin(t.Context(), bytes.NewReader(big), limit); err != nil || !bytes.Equal(got, big[:want]) {
			t.Errorf("limit %d: got %d bytes, %v", limit, len(got), err)
		}
	}
}
