package jobs

import (
	"bufio"
	"io"
	"os"
	"sync"

	"gearctl/wire"
	"gearctl/wire/disk"
)

// RawWriter writes payloads, one after the other. It is safe for concurrent use.
type RawWriter struct {
	mu  sync.Mutex
	out io.Writer // below w
	w   *bufio.Writer
	end byte
}

// NewRawWriter returns a writer that ends each payload with a newline, or with a NUL byte.
func NewRawWriter(w io.Writer, print0 bool) *RawWriter {
	r := &RawWriter{out: w, w: bufio.NewWriterSize(w, 64<<10), end: '\n'}
	if print0 {
		r.end = 0
	}
	return r
}

// Job writes the payload of a job to a buffer.
func (r *RawWriter) Job(j wire.Job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w.Write(j.Workload)
	return r.w.WriteByte(r.end)
}

// Flush writes what is buffered.
func (r *RawWriter) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.w.Flush()
}

// Sync flushes, and if the output is a file returns when its data survives a crash.
func (r *RawWriter) Sync() error {
	err := r.Flush()
	if f, ok := r.out.(*os.File); ok && err == nil {
		err = disk.SyncStream(f)
	}
	return err
}
