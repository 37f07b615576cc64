package archive

import (
	"errors"
	"io"
	"sync"
	"time"
)

// The writer hands what it was given to the disk in pieces of this size, and lets so many of them wait.
const (
	pieceSize  = 256 << 10
	pieceQueue = 16
)

// Writer appends records to an archive. Its methods may be called by several goroutines. A goroutine of its own
// writes, so that who adds does not wait for the disk until pieceQueue pieces do.
type Writer struct {
	mu      sync.Mutex
	piece   []byte
	records int64
	acked   int64
	queue   chan piece
	free    chan []byte // pieces that were written
	stopped chan struct{}
	sink    sink

	failed struct {
		sync.Mutex
		err error
	}
}

// piece is what is to be written; done, when not nil, gets the outcome of making safe all until here.
type piece struct {
	data []byte
	done chan error
}

// sink is where an archive goes.
type sink interface {
	io.Writer
	// sync returns when all that was written is where a crash of the machine leaves it.
	sync() error
	// close closes. whole is false after an error: then nothing more is written.
	close(whole bool) error
}

func newWriter(s sink) *Writer {
	w := &Writer{sink: s, queue: make(chan piece, pieceQueue), free: make(chan []byte, pieceQueue), stopped: make(chan struct{})}
	go w.write()
	return w
}

// Add puts a copy of r at the end. It is on disk when a later Sync returns. The error is that of an earlier piece,
// after which nothing more is written.
func (w *Writer) Add(r *Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.err(); err != nil {
		return err
	}
	w.piece = AppendRecord(w.piece, r)
	w.records++
	if len(w.piece) >= pieceSize {
		w.hand(nil)
	}
	return nil
}

// Acknowledged tells the trailer that n more of the records are no longer on their server.
func (w *Writer) Acknowledged(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acked += n
}

// Records returns how many were added.
func (w *Writer) Records() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.records
}

// Sync returns when everything that was added before is safe on disk, or why it is not.
func (w *Writer) Sync() error {
	done := make(chan error, 1)
	w.mu.Lock()
	w.hand(done)
	w.mu.Unlock()
	return <-done
}

// Close writes the trailer, makes all safe and closes. After an error it closes only, so that the archive has no
// trailer.
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

// hand passes the piece on; w.mu is held.
func (w *Writer) hand(done chan error) {
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
			continue // a large job's: let it go
		}
		select {
		case w.free <- p.data:
		default:
		}
	}
}

// err returns what went wrong first.
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
