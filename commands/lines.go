package commands

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"
)

const (
	readChunk  = 64 << 10
	readAhead  = 4        // chunks read and not yet used
	maxJobLine = 64 << 20 // of input; a longer line cannot become a job
)

// lineReader splits an input into lines of any length. A goroutine of its own reads ahead, so that a caller may
// stop waiting when its context ends.
type lineReader struct {
	chunks chan chunk
	quit   chan struct{}
	once   sync.Once
	rest   []byte // of the chunk at hand
	long   []byte // beginning of a line that goes on in the next chunk
	err    error
	// patience is how long to wait for a chunk before it is an error; 0: for ever.
	patience time.Duration
}

type chunk struct {
	data []byte
	err  error
}

func newLineReader(r io.Reader) *lineReader {
	l := &lineReader{chunks: make(chan chunk, readAhead), quit: make(chan struct{})}
	go l.read(r)
	return l
}

func (l *lineReader) read(r io.Reader) {
	for {
		buf := make([]byte, readChunk)
		n, err := r.Read(buf)
		select {
		case l.chunks <- chunk{buf[:n], err}:
		case <-l.quit:
			return
		}
		if err != nil {
			return
		}
	}
}

// close lets the goroutine end after its current read.
func (l *lineReader) close() { l.once.Do(func() { close(l.quit) }) }

// next returns the next line without its \n, valid until the next call, or io.EOF. A last line need not end in \n.
// idle is called before it has to wait for input.
func (l *lineReader) next(ctx context.Context, idle func() error) ([]byte, error) {
	l.long = l.long[:0]
	for {
		if i := bytes.IndexByte(l.rest, '\n'); i >= 0 {
			line := l.rest[:i]
			l.rest = l.rest[i+1:]
			if len(l.long) > 0 {
				l.long = append(l.long, line...)
				line = l.long
			}
			return line, nil
		}
		l.long = append(l.long, l.rest...)
		l.rest = nil
		if len(l.long) > maxJobLine {
			return nil, errorf("read stdin: a line longer than %d bytes", maxJobLine)
		}
		if l.err != nil {
			return l.last()
		}
		if err := l.fill(ctx, idle); err != nil {
			return nil, err
		}
	}
}

// last returns what stands behind the last \n.
func (l *lineReader) last() ([]byte, error) {
	if l.err == io.EOF && len(l.long) > 0 {
		line := l.long
		l.long = nil
		return line, nil
	}
	if l.err != io.EOF {
		return nil, errorf("read stdin: %w", l.err)
	}
	return nil, io.EOF
}

func (l *lineReader) fill(ctx context.Context, idle func() error) error {
	var c chunk
	select {
	case c = <-l.chunks:
	default:
		if err := idle(); err != nil {
			return err
		}
		late, stop := l.late()
		defer stop()
		select {
		case c = <-l.chunks:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-late:
			return errorf("read stdin: nothing came within %s", shortDuration(l.patience))
		}
	}
	l.rest, l.err = c.data, c.err
	return nil
}

// late returns a channel that speaks when patience is over, and what to call when it is no longer needed.
func (l *lineReader) late() (late <-chan time.Time, stop func()) {
	if l.patience <= 0 {
		return nil, func() {}
	}
	t := time.NewTimer(l.patience)
	return t.C, func() { t.Stop() }
}

// reader returns what has not been read yet as an io.Reader whose Read stops waiting when ctx ends. idle is called as
// by next.
func (l *lineReader) reader(ctx context.Context, idle func() error) io.Reader {
	return readFunc(func(p []byte) (int, error) {
		for len(l.rest) == 0 {
			switch {
			case l.err == io.EOF:
				return 0, io.EOF
			case l.err != nil:
				return 0, errorf("read stdin: %w", l.err)
			}
			if err := l.fill(ctx, idle); err != nil {
				return 0, err
			}
		}
		n := copy(p, l.rest)
		l.rest = l.rest[n:]
		return n, nil
	})
}

// readFunc is a function as an io.Reader.
type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// readAll is io.ReadAll that stops waiting when ctx ends.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(r)
		done <- result{data, err}
	}()
	select {
	case got := <-done:
		if got.err != nil {
			return nil, errorf("read stdin: %w", got.err)
		}
		return got.data, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
