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
	queue   chan piece
	free    chan []byte // buffers for reuse
	stopped chan struct{}
	sink    sink

	failed struct {
		sync.Mutex
		err error
	}
}

// piece is data to write. If done is not nil, everything so far is synced, and done receives the result.
type piece struct {
	data []byte
	done chan error
}

// sink is the destination of an archive.
type sink interface {
	io.Writer
	// sync makes everything written survive a crash of the machine.
	sync() error
	// close closes the sink. whole is false after an error: then it writes nothing more.
	close(whole bool) error
}

func newWriter(s sink) *Writer {
	w := &Writer{sink: s, queue: make(chan piece, pieceQueue), free: make(chan []byte, pieceQueue), stopped: make(chan struct{})}
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
	w.piece = AppendRecord(w.piece, r)
	w.records++
	if len(w.piece) >= pieceSize {
		w.enqueue(nil)
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

// Sync blocks until all records added before are safe on disk, or returns the error.
func (w *Writer) Sync() error {
	done := make(chan error, 1)
	w.mu.Lock()
	w.enqueue(done)
	w.mu.Unlock()
	return <-done
}

// Close writes the trailer with the time now, syncs and closes. After an error it only closes, so that the archive has no
// trailer. Close must be called once.
func (w *Writer) Close(now time.Time) error {
	w.mu.Lock()
	if w.err() == nil {
		w.piece = AppendTrailer(w.piece, Trailer{Records: w.records, Acknowledged: w.acked, EndedAt: now})
	}
	w.mu.Unlock()
	err := w.Sync()
	close(w.queue)
	<-w.stopped
	return errors.Join(err, w.sink.close(err == nil))
}

// enqueue passes the current piece to the writing goroutine; w.mu is held.
func (w *Writer) enqueue(done chan error) {
	w.queue <- piece{w.piece, done}
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
		if err == nil && len(p.data) > 0 {
			_, err = w.sink.Write(p.data)
		}
		if err == nil && p.done != nil {
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
