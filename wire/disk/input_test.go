package disk_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/wire/disk"
)

// soon runs f, which must end without waiting for anything.
func soon(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(8 * time.Second):
		t.Fatalf("%s: still waiting after 8 s", what)
	}
}

func pipeIn(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnInputThatIsNoFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tt := range []struct {
		path string
		want error
	}{
		{dir, syscall.EISDIR},
		{"/dev/zero", disk.ErrDevice},
		{"/dev/full", disk.ErrDevice},
		{"/dev/tty", disk.ErrDevice}, // without a terminal it cannot even be opened
		{filepath.Join(dir, "missing"), fs.ErrNotExist},
	} {
		_, err := disk.OpenInput(tt.path)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.path, err, tt.want)
		} else if strings.Count(err.Error(), tt.path) != 1 {
			t.Errorf("the error names %s not once: %v", tt.path, err)
		}
	}
	in, err := disk.OpenInput("/dev/null")
	if err != nil {
		t.Fatalf("/dev/null: %v", err)
	}
	defer in.Close()
	if b, err := io.ReadAll(in); len(b) != 0 || err != nil {
		t.Errorf("/dev/null holds %q, %v", b, err)
	}
}

func TestAnInputDescribesItself(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	os.WriteFile(path, []byte("jobs"), 0o600)
	in, err := disk.OpenInput(path)
	if err != nil {
		t.Fatal(err)
	}
	if in.Stat().Size() != 4 {
		t.Errorf("size %d, want 4", in.Stat().Size())
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if _, err := in.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a read after Close: %v", err)
	}
	if err := in.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a second Close: %v", err)
	}
}

// TestAPipeThatNothingWritesTo must not look like an empty file.
func TestAPipeThatNothingWritesTo(t *testing.T) {
	t.Parallel()
	path := pipeIn(t, t.TempDir())
	soon(t, "a read of a pipe without a writer", func() {
		in, err := disk.OpenInput(path)
		if err != nil {
			t.Error(err)
			return
		}
		defer in.Close()
		for range 2 {
			if _, err := in.Read(make([]byte, 1)); !errors.Is(err, disk.ErrNoWriter) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want %v", err, disk.ErrNoWriter)
			}
		}
		if b, err := disk.ReadInput(path, 9); !errors.Is(err, disk.ErrNoWriter) {
			t.Errorf("ReadInput: %q, %v, want %v", b, err, disk.ErrNoWriter)
		}
	})
}

func TestAPipeIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	path := pipeIn(t, t.TempDir())
	soon(t, "a read of a pipe", func() {
		in, err := disk.OpenInput(path)
		if err != nil {
			t.Error(err)
			return
		}
		defer in.Close()
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		w.WriteString("jobs")
		w.Close()
		if b, err := io.ReadAll(in); string(b) != "jobs" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
	})
}

// TestAPipeWhoseWriterPauses is an error after some time, and does not wait for ever.
func TestAPipeWhoseWriterPauses(t *testing.T) {
	disk.SetPipeTimeout(t, 50*time.Millisecond)
	path := pipeIn(t, t.TempDir())
	soon(t, "a read of a pipe whose writer pauses", func() {
		in, err := disk.OpenInput(path)
		if err != nil {
			t.Error(err)
			return
		}
		defer in.Close()
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer w.Close()
		if _, err := in.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v, want %v", err, os.ErrDeadlineExceeded)
		}
	})
}

func TestTheLimitOfAnInput(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	os.WriteFile(path, []byte("12345"), 0o600)
	for name, read := range map[string]func(limit int64) ([]byte, error){
		"ReadInput":   func(limit int64) ([]byte, error) { return disk.ReadInput(path, limit) },
		"ReadRegular": func(limit int64) ([]byte, error) { return disk.ReadRegular(path, limit) },
		"ReadFile":    func(limit int64) ([]byte, error) { return disk.ReadFile(disk.OS{}, path, limit) },
	} {
		if b, err := read(5); string(b) != "12345" || err != nil {
			t.Errorf("%s: a file of the limit: %q, %v", name, b, err)
		}
		if b, err := read(4); b != nil || err == nil || !strings.Contains(err.Error(), "over 4 bytes") {
			t.Errorf("%s: a file over the limit: %q, %v", name, b, err)
		}
	}
	for name, read := range map[string]func(path string) error{
		"ReadInput":   func(path string) error { _, err := disk.ReadInput(path, 5); return err },
		"ReadRegular": func(path string) error { _, err := disk.ReadRegular(path, 5); return err },
		"ReadFile":    func(path string) error { _, err := disk.ReadFile(disk.OS{}, path, 5); return err },
	} {
		if err := read(path + "2"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a missing file: %v", name, err)
		}
	}
}

// TestWhatIsReadRepeatedlyIsNoPipe: the second time it would be empty.
func TestWhatIsReadRepeatedlyIsNoPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := pipeIn(t, dir)
	soon(t, "ReadRegular of a pipe", func() {
		if _, err := disk.ReadRegular(path, 5); !errors.Is(err, disk.ErrNotRegular) {
			t.Errorf("%v, want %v", err, disk.ErrNotRegular)
		}
	})
	if _, err := disk.ReadRegular(filepath.Join(dir, "missing"), 5); err == nil || strings.Contains(err.Error(), "missing") {
		t.Errorf("the error names the file: %v", err)
	}
}
