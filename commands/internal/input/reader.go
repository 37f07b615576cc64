// Package input reads lines and files; a caller stops waiting when its context ends.
package input

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
)

const (
	readChunk = 64 << 10
	readAhead = 4        // unused chunks to buffer
	maxLine   = 64 << 20 // bytes; a longer line cannot be a job
)

// MaxRuleFile is the maximum size of a --rules or --routes file in bytes.
const MaxRuleFile = 1 << 20

// Reader reads input that may block, as lines or as an io.Reader. A goroutine reads ahead, so that the caller stops
// waiting when its context ends. Close must be called.
type Reader struct {
	chunks chan chunk
	quit   chan struct{}
	Close  func()        // ends the goroutine after its current read
	Wait   time.Duration // maximum wait for a chunk, after which reading fails; 0: forever
	rest   []byte        // of the current chunk
	err    error         // to return after rest
	long   []byte        // start of a line that continues in the next chunk
	ended  bool          // the last line ended in \n
}

type chunk struct {
	data []byte
	err  error
}

// NewReader reads from what open returns, and closes it. open may block.
func NewReader(open func() (io.ReadCloser, error)) *Reader {
	quit := make(chan struct{})
	r := &Reader{
		chunks: make(chan chunk, readAhead), quit: quit,
		Close: sync.OnceFunc(func() { close(quit) }),
	}
	go r.feed(open)
	return r
}

// NewStdinReader reads stdin; its errors start with "read stdin".
func NewStdinReader(stdin io.Reader) *Reader {
	return NewReader(func() (io.ReadCloser, error) {
		return io.NopCloser(readFunc(func(p []byte) (int, error) {
			n, err := stdin.Read(p)
			if err != nil && err != io.EOF {
				err = fmt.Errorf("read stdin: %w", err)
			}
			return n, err
		})), nil
	})
}

func (r *Reader) feed(open func() (io.ReadCloser, error)) {
	f, err := open()
	if err != nil {
		r.send(chunk{err: err})
		return
	}
	defer f.Close()
	for more := true; more; {
		buf := make([]byte, readChunk)
		n, err := f.Read(buf)
		more = r.send(chunk{buf[:n], err}) && err == nil
	}
}

func (r *Reader) send(c chunk) bool {
	select {
	case r.chunks <- c:
		return true
	case <-r.quit:
		return false
	}
}

// Next returns the next line without its \n, valid until the next call, or io.EOF. A last line need not end in \n.
// idle, if not nil, is called before waiting for input. When ctx ends the error is its cause.
func (r *Reader) Next(ctx context.Context, idle func() error) ([]byte, error) {
	r.long = r.long[:0]
	for {
		if i := bytes.IndexByte(r.rest, '\n'); i >= 0 {
			line := r.rest[:i]
			r.rest, r.ended = r.rest[i+1:], true
			if len(r.long) > 0 {
				r.long = append(r.long, line...)
				line = r.long
			}
			return line, nil
		}
		r.long = append(r.long, r.rest...)
		r.rest = nil
		switch {
		case len(r.long) > maxLine:
			return nil, fmt.Errorf("read stdin: a line longer than %d bytes", maxLine)
		case r.err == io.EOF && len(r.long) > 0:
			r.ended = false
			return r.long, nil
		case r.err != nil:
			return nil, r.err
		}
		if err := r.fill(ctx, idle); err != nil {
			return nil, err
		}
	}
}

// Ended reports whether the line that Next returned last ended in \n. Only the last line of an input may not.
func (r *Reader) Ended() bool { return r.ended }

// Stream returns the unread input as an io.Reader that waits as Next does.
func (r *Reader) Stream(ctx context.Context, idle func() error) io.Reader {
	return readFunc(func(p []byte) (int, error) {
		for len(r.rest) == 0 && r.err == nil {
			if err := r.fill(ctx, idle); err != nil {
				return 0, err
			}
		}
		if len(r.rest) == 0 {
			return 0, r.err
		}
		n := copy(p, r.rest)
		r.rest = r.rest[n:]
		return n, nil
	})
}

// fill waits for the next chunk.
func (r *Reader) fill(ctx context.Context, idle func() error) error {
	select {
	case c := <-r.chunks:
		r.rest, r.err = c.data, c.err
		return nil
	default:
	}
	if idle != nil {
		if err := idle(); err != nil {
			return err
		}
	}
	var timeout <-chan time.Time
	if r.Wait > 0 {
		timeout = time.After(r.Wait)
	}
	select {
	case c := <-r.chunks:
		r.rest, r.err = c.data, c.err
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timeout:
		return fmt.Errorf("read stdin: no input within %s", cmderr.ShortDuration(r.Wait))
	}
}

// readFunc makes a function an io.Reader.
type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// ReadStdin reads at most limit+1 bytes of stdin, so that the caller can detect longer input. When ctx ends the error
// is its cause.
func ReadStdin(ctx context.Context, stdin io.Reader, limit int) ([]byte, error) {
	in := NewStdinReader(stdin)
	defer in.Close()
	return io.ReadAll(io.LimitReader(in.Stream(ctx, nil), int64(limit)+1))
}
