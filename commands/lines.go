package commands

import (
	"bytes"
	"context"
	"io"
	"sync"
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
		select {
		case c = <-l.chunks:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	l.rest, l.err = c.data, c.err
	return nil
}

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
