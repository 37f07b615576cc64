package commands

import (
	"context"
	"io"
)

// pausingReader reads from something that may let us wait. It calls idle before it waits, and stops waiting when ctx
// ends. close must be called: who feeds it may stay until its read returns.
type pausingReader struct {
	ctx    context.Context
	idle   func() error
	chunks chan chunk
	done   chan struct{}
	rest   chunk
}

// readPausing reads what open opens, which may wait as well.
func readPausing(ctx context.Context, idle func() error, open func() (io.ReadCloser, error)) *pausingReader {
	p := &pausingReader{ctx: ctx, idle: idle, chunks: make(chan chunk, 4), done: make(chan struct{})}
	go p.feed(open)
	return p
}

func (p *pausingReader) feed(open func() (io.ReadCloser, error)) {
	f, err := open()
	if err == nil {
		defer f.Close()
	}
	for err == nil {
		var n int
		buf := make([]byte, 64<<10)
		n, err = f.Read(buf)
		if !p.hand(chunk{buf[:n], err}) {
			return
		}
	}
	p.hand(chunk{nil, err})
}

func (p *pausingReader) hand(c chunk) bool {
	select {
	case p.chunks <- c:
		return true
	case <-p.done:
		return false
	}
}

// Read is that of io.Reader. When ctx ends its error is ctx's cause.
func (p *pausingReader) Read(b []byte) (int, error) {
	for len(p.rest.data) == 0 && p.rest.err == nil {
		if err := p.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.rest.data)
	p.rest.data = p.rest.data[n:]
	if n > 0 {
		return n, nil
	}
	return 0, p.rest.err
}

func (p *pausingReader) next() error {
	select {
	case p.rest = <-p.chunks:
		return nil
	default:
	}
	if err := p.idle(); err != nil {
		return err
	}
	select {
	case p.rest = <-p.chunks:
		return nil
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
}

func (p *pausingReader) close() { close(p.done) }
