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
	growStep   = 1 << 20 // a body over this size is allocated as it arrives, never on the peer's word alone
)

// Reader reads binary packets and admin lines, which may alternate on one connection: a packet begins with a NUL
// byte, a line never does. The zero limits mean the defaults. A Reader is for one goroutine.
type Reader struct {
	MaxPacket int // largest body accepted, in bytes
	MaxLine   int // longest line accepted, in bytes without its end

	// Admit, when not nil, is called before the body of a packet of more than 1 MiB is read, with its size. It may
	// block; its error ends the reading.
	Admit func(size int) error

	br   *bufio.Reader
	body []byte // of a packet or a line that the read buffer does not hold whole
	args [][]byte
	hdr  header // of a packet whose body is being read; typ 0: none
	got  int    // bytes of that body so far
	own  bool   // the last packet is in body, not in the read buffer
}

// NewReader returns a Reader with the default limits. It reads ahead of what it returns.
func NewReader(r io.Reader) *Reader { return &Reader{br: bufio.NewReaderSize(r, readBuffer)} }

// Buffered returns how many bytes have been read and not yet returned.
func (r *Reader) Buffered() int { return r.br.Buffered() }

// NextIsPacket blocks until a byte is there and reports whether it begins a binary packet.
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

// packetBuffered reports whether the next packet has been read whole.
func (r *Reader) packetBuffered() bool {
	if r.hdr.typ != 0 || r.br.Buffered() < HeaderSize {
		return false
	}
	b, _ := r.br.Peek(HeaderSize)
	h, err := parseHeader(b, orDefault(r.MaxPacket, DefaultMaxPacket))
	return err != nil || h.size <= r.br.Buffered()-HeaderSize
}

// ReadPacket returns the next packet and who sent it. Its arguments are valid until the next call. The header is
// checked before a byte of the body is allocated, and the body grows as it arrives. Errors: *FrameError, io.EOF
// between packets, io.ErrUnexpectedEOF inside one, else the error of the underlying reader; after a time-out the
// next call goes on where this one stopped.
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
	if !packet { // a short line must not make us wait for the rest of a header
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

// readBody returns the body of r.hdr: straight from the read buffer when it is there whole, else from r.body,
// which grows by steps so that a peer must send what it claims before it costs memory.
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

// Detach gives the arguments of the last packet to the caller for good and reports whether it could: those of a small
// packet are in the buffer that the next is read into.
func (r *Reader) Detach() bool {
	if !r.own {
		return false
	}
	r.body, r.own = nil, false
	return true
}

// InsidePacket reports whether the header of a packet was read and its body not yet whole.
func (r *Reader) InsidePacket() bool { return r.hdr.typ != 0 }

// ReadLine returns the next admin line without its LF or CRLF, valid until the next call. A NUL byte where a line
// begins is a *FrameError, as is a line longer than MaxLine. Other errors are as for ReadPacket, but a time-out
// inside a line loses its beginning.
func (r *Reader) ReadLine() ([]byte, error) {
	if r.hdr.typ != 0 {
		return nil, &FrameError{Reason: "an admin line was due inside a binary packet"}
	}
	packet, err := r.NextIsPacket()
	if err != nil {
		return nil, err
	}
	if packet { // which may hold no LF to wait for
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

// longLine gathers a line that is longer than the read buffer, of which part is the beginning. It stops as soon as
// the line is over the limit.
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
