package archive

import (
	"errors"
	"io"
	"sync"
	"time"
)

const (
	pieceSize  = 256 << 10 // bytes per write
	pieceQueue = 16        // pieces that may wait to be written
)

// Writer appends records to an archive. It is safe for concurrent use. A goroutine writes in the background; Add blocks
// while 4 MiB wait for the disk.
type Writer struct {
	mu      sync.Mutex
	piece   []byte
	records int64
	acked   int64
	plain   int64 // bytes of lines, before compression
	summary *Summary
	queue   chan piece
	free    chan []byte // buffers for reuse
	stopped chan struct{}
	sink    sink

	failed struct {
		sync.Mutex
		err error
	}
}

// piece is data to write. If done is not nil, it receives the result, with sync after everything so far was synced.
type piece struct {
	data []byte
	done chan error
	sync bool
	end  bool // data ends with the trailer
}

// sink is the destination of an archive.
type sink interface {
	io.Writer
	// stored returns how many bytes the first plain bytes of lines take up in the archive. It is safe for concurrent use.
	stored(plain int64) int64
	// start returns where the first line will be, in bytes from the beginning of the file.
	start() int64
	// writeEnd writes the last records, if any, and the trailer.
	writeEnd(p []byte) error
	// sync makes everything written survive a crash of the machine.
	sync() error
	// close closes the sink. whole is false after an error: then it writes nothing more.
	close(whole bool) error
}

func newWriter(s sink) *Writer {
	w := &Writer{sink: s, summary: newSummary(s.start()), queue: make(chan piece, pieceQueue), free: make(chan []byte, pieceQueue), stopped: make(chan struct{})}
	go w.write()
	return w
}

// Add appends a copy of r. It is safe on disk once a later Sync returns nil. The error is that of an earlier write; after it
// nothing more is written.
func (w *Writer) Add(r *Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.err(); err != nil {
		return err
	}
	before := len(w.piece)
	w.piece = AppendRecord(w.piece, r)
	line := w.piece[before:]
	w.plain += int64(len(line))
	w.summary.add(r, line)
	w.records++
	if len(w.piece) >= pieceSize {
		w.enqueue(nil, false)
	}
	return nil
}

// Acknowledged adds n to the records that the trailer counts as acknowledged.
func (w *Writer) Acknowledged(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acked += n
}

// Records returns how many records were added.
func (w *Writer) Records() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.records
}

// Over reports whether the records added so far take up more than size bytes of the archive. For a compressed one that is an
// estimate: the compressor keeps up to some 100 KiB back. Over blocks while records near that size wait for the disk.
func (w *Writer) Over(size int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sink.stored(w.plain) <= size {
		return false
	}
	done := make(chan error, 1)
	w.enqueue(done, false)
	<-done // Add reports the error
	return w.sink.stored(w.plain) > size
}

// Sync blocks until all records added before are safe on disk, or returns the error.
func (w *Writer) Sync() error {
	done := make(chan error, 1)
	w.mu.Lock()
	w.enqueue(done, true)
	w.mu.Unlock()
	return <-done
}

// Close writes the trailer with the time now, syncs and closes. After an error it only closes, so that the archive has no
// trailer. Close or ClosePending must be called once.
func (w *Writer) Close(now time.Time) error { return w.end(Trailer{EndedAt: now}) }

// ClosePending is Close before the jobs are acknowledged.
func (w *Writer) ClosePending(now time.Time) error {
	return w.end(Trailer{EndedAt: now, Pending: true})
}

func (w *Writer) end(t Trailer) error {
	w.mu.Lock()
	if w.err() == nil {
		t.Summary = w.summary
		t.Records, t.Acknowledged = w.records, max(w.acked, 0)
		w.piece = AppendTrailer(w.piece, t)
	}
	done := make(chan error, 1)
	w.pass(piece{data: w.piece, done: done, sync: true, end: true})
	w.mu.Unlock()
	err := <-done
	close(w.queue)
	<-w.stopped
	return errors.Join(err, w.sink.close(err == nil))
}

// enqueue passes the current piece to the writing goroutine; w.mu is held.
func (w *Writer) enqueue(done chan error, sync bool) {
	w.pass(piece{data: w.piece, done: done, sync: sync})
}

func (w *Writer) pass(p piece) {
	w.queue <- p
	select {
	case b := <-w.free:
		w.piece = b[:0]
	default:
		w.piece = nil
	}
}

func (w *Writer) write() {
	defer close(w.stopped)
	for p := range w.queue {
		err := w.err()
		switch {
		case err != nil || len(p.data) == 0:
		case p.end:
			err = w.sink.writeEnd(p.data)
		default:
			_, err = w.sink.Write(p.data)
		}
		if err == nil && p.sync {
			err = w.sink.sync()
		}
		w.fail(err)
		if p.done != nil {
			p.done <- err
		}
		if cap(p.data) > 2*pieceSize {
			continue // grown for a large job
		}
		select {
		case w.free <- p.data:
		default:
		}
	}
}

// err returns the first error.
func (w *Writer) err() error {
	w.failed.Lock()
	defer w.failed.Unlock()
	return w.failed.err
}

func (w *Writer) fail(err error) {
	w.failed.Lock()
	defer w.failed.Unlock()
	if w.failed.err == nil {
		w.failed.err = err
	}
}
