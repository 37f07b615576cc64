package commands

import (
	"bufio"
	"io"
	"sync"

	"gearctl/wire"
)

// rawWriter writes payloads, one after the other, for several queues at once.
type rawWriter struct {
	mu  sync.Mutex
	w   *bufio.Writer
	end byte
}

func newRawWriter(w io.Writer, print0 bool) *rawWriter {
	r := &rawWriter{w: bufio.NewWriterSize(w, 64<<10), end: '\n'}
	if print0 {
		r.end = 0
	}
	return r
}

func (r *rawWriter) job(j wire.Job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w.Write(j.Workload)
	return r.w.WriteByte(r.end)
}

func (r *rawWriter) flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.w.Flush()
}
