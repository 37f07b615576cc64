package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Default limits of a Reader, in bytes.
const (
	DefaultMaxPacket = 64 << 20 // a packet's body
	DefaultMaxLine   = 1 << 20  // an admin line: a worker with 1,500 groups makes one of 76 KB
)

const (
	readBuffer = 128 << 10
	growStep   = 1 << 20 // larger bodies are allocated as they arrive, not by the size that the peer claims
)

// Reader reads binary packets and admin lines, which may alternate on a connection: only a packet begins with a NUL byte. A
// Reader is not safe for concurrent use.
type Reader struct {
	MaxPacket int // largest body accepted, in bytes; 0: DefaultMaxPacket
	MaxLine   int // longest line accepted, in bytes without its end; 0: DefaultMaxLine

	// Admit, if not nil, is called with the size of a body of more than 1 MiB before it is read. It may block; its error is
	// returned by ReadPacket.
	Admit func(size int) error

	br   *bufio.Reader
	body []byte // of a packet or line that is not complete in the read buffer
	args [][]byte
	hdr  header // of a packet whose body is being read; typ 0: none
	got  int    // bytes of that body so far
	own  bool   // the last packet is in body, not in the read buffer
}

// NewReader returns a Reader with the default limits. It reads ahead.
func NewReader(r io.Reader) *Reader { return &Reader{br: bufio.NewReaderSize(r, readBuffer)} }

// Buffered returns how many bytes have been read ahead.
func (r *Reader) Buffered() int { return r.br.Buffered() }

// NextIsPacket blocks until there is a byte and reports whether it begins a binary packet.
func (r *Reader) NextIsPacket() (bool, error) {
	if r.hdr.typ != 0 {
		return true, nil
	}
	b, err := r.br.Peek(1)
	if err != nil {
		return false, err
	}
	return b[0] == 0, nil
}

// packetBuffered reports whether the next packet is complete in the read buffer.
func (r *Reader) packetBuffered() bool {
	if r.hdr.typ != 0 || r.br.Buffered() < HeaderSize {
		return false
	}
	b, _ := r.br.Peek(HeaderSize)
	h, err := parseHeader(b, orDefault(r.MaxPacket, DefaultMaxPacket))
	return err != nil || h.size <= r.br.Buffered()-HeaderSize
}

// ReadPacket returns the next packet and its direction. The arguments are valid until the next call. The header is checked
// before memory for the body is allocated. The error is a *FrameError, io.EOF between packets, io.ErrUnexpectedEOF inside
// one, or that of the underlying reader; after a timeout, the next call continues where this one stopped.
func (r *Reader) ReadPacket() (Packet, Direction, error) {
	if r.hdr.typ == 0 {
		if err := r.readHeader(); err != nil {
			return Packet{}, 0, err
		}
	}
	body, err := r.readBody()
	if err != nil {
		return Packet{}, 0, err
	}
	h := r.hdr
	r.hdr = header{}
	r.args, err = splitBody(h.typ, body, r.args)
	if err != nil {
		return Packet{}, 0, err
	}
	return Packet{Type: h.typ, Args: r.args}, h.dir, nil
}

func (r *Reader) readHeader() error {
	packet, err := r.NextIsPacket()
	if err != nil {
		return err
	}
	if !packet { // do not wait for the rest of a header
		b, _ := r.br.Peek(min(4, r.br.Buffered()))
		return badMagic(b)
	}
	b, err := r.br.Peek(HeaderSize)
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("inside a packet header: %w", io.ErrUnexpectedEOF)
	}
	if err != nil {
		return err
	}
	h, err := parseHeader(b, orDefault(r.MaxPacket, DefaultMaxPacket))
	if err != nil {
		return err
	}
	if h.size > growStep && r.Admit != nil {
		if err := r.Admit(h.size); err != nil {
			return err
		}
	}
	r.br.Discard(HeaderSize)
	r.hdr, r.got = h, 0
	return nil
}

// readBody returns the body of r.hdr: from the read buffer if it is complete there, else from r.body, which grows as bytes
// arrive.
func (r *Reader) readBody() ([]byte, error) {
	size := r.hdr.size
	if r.got == 0 && size <= r.br.Buffered() {
		b, _ := r.br.Peek(size)
		r.br.Discard(size)
		r.own = false
		return b, nil
	}
	if r.got == 0 && cap(r.body) > growStep && size <= growStep {
		r.body = nil // do not keep a large buffer for small packets
	}
	for r.got < size {
		step := min(size, r.got+growStep)
		if cap(r.body) < step {
			r.body = append(make([]byte, 0, min(size, max(step, 4*cap(r.body)))), r.body[:r.got]...)
		}
		n, err := r.br.Read(r.body[r.got:step])
		r.got += n
		if errors.Is(err, io.EOF) && r.got < size {
			return nil, fmt.Errorf("after %d of %d bytes of %v: %w", r.got, size, r.hdr.typ, io.ErrUnexpectedEOF)
		}
		if err != nil && r.got < size {
			return nil, err
		}
	}
	r.own = true
	return r.body[:size], nil
}

// Detach transfers the arguments of the last packet to the caller and reports whether it could: it cannot for a packet in the
// read buffer, which is reused.
func (r *Reader) Detach() bool {
	if !r.own {
		return false
	}
	r.body, r.own = nil, false
	return true
}

// InsidePacket reports whether the header of a packet, but not all of its body, was read.
func (r *Reader) InsidePacket() bool { return r.hdr.typ != 0 }

// ReadLine returns the next admin line without its LF or CRLF, valid until the next call. A NUL byte at the start and a line
// longer than MaxLine are a *FrameError. Other errors are those of ReadPacket, but a timeout inside a line loses its start.
func (r *Reader) ReadLine() ([]byte, error) {
	if r.hdr.typ != 0 {
		return nil, &FrameError{Reason: "an admin line was due inside a binary packet"}
	}
	packet, err := r.NextIsPacket()
	if err != nil {
		return nil, err
	}
	if packet { // it may contain no LF
		return nil, &FrameError{Reason: "a binary packet where an admin line was due"}
	}
	line, err := r.br.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = r.longLine(line)
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		return nil, fmt.Errorf("inside an admin line: %w", io.ErrUnexpectedEOF)
	}
	if err != nil {
		return nil, err
	}
	return r.checkLine(line)
}

// longLine reads a line that is longer than the read buffer and starts with part. It stops once the line is over the limit.
func (r *Reader) longLine(part []byte) (line []byte, err error) {
	line, err = r.body[:0], bufio.ErrBufferFull
	for errors.Is(err, bufio.ErrBufferFull) {
		line = append(line, part...)
		if len(line) > r.maxLine()+len("\r\n") {
			return nil, r.lineTooLong()
		}
		part, err = r.br.ReadSlice('\n')
	}
	line = append(line, part...)
	r.body = line[:0]
	return line, err
}

func (r *Reader) checkLine(line []byte) ([]byte, error) {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if len(line) > r.maxLine() {
		return nil, r.lineTooLong()
	}
	return line, nil
}

func (r *Reader) maxLine() int { return orDefault(r.MaxLine, DefaultMaxLine) }

func (r *Reader) lineTooLong() error {
	return &FrameError{Reason: fmt.Sprintf("an admin line longer than %d bytes", r.maxLine())}
}

func orDefault[N int | int64](n, def N) N {
	if n <= 0 {
		return def
	}
	return n
}
