package jobs

import (
	"bufio"
	"io"
	"os"
	"sync"

	"gearctl/wire"
	"gearctl/wire/disk"
)

// RawWriter writes payloads, one after the other, for several queues at once.
type RawWriter struct {
	mu  sync.Mutex
	out io.Writer // below w
	w   *bufio.Writer
	end byte
}

func NewRawWriter(w io.Writer, print0 bool) *RawWriter {
	r := &RawWriter{out: w, w: bufio.NewWriterSize(w, 64<<10), end: '\n'}
	if print0 {
		r.end = 0
	}
	return r
}

func (r *RawWriter) Job(j wire.Job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w.Write(j.Workload)
	return r.w.WriteByte(r.end)
}

func (r *RawWriter) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.w.Flush()
}

// Sync returns when what was written survives a crash, where it went to a file.
func (r *RawWriter) Sync() error {
	err := r.Flush()
	if f, ok := r.out.(*os.File); ok && err == nil {
		err = disk.SyncStream(f)
	}
	return err
}
