package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// HeaderSize is the length of a packet's header in bytes: magic, type and body size, four bytes each.
const HeaderSize = 12

var (
	magicRequest  = [4]byte{0, 'R', 'E', 'Q'}
	magicResponse = [4]byte{0, 'R', 'E', 'S'}
)

// Packet is a binary packet without its header. Args are the arguments, separated by NUL bytes in the body; the last one may
// contain NUL bytes.
type Packet struct {
	Type Type
	Args [][]byte
}

// Arg returns argument i, or nil if the packet has fewer.
func (p Packet) Arg(i int) []byte {
	if i < 0 || i >= len(p.Args) {
		return nil
	}
	return p.Args[i]
}

// AppendRequest appends a packet for the server (magic "\0REQ") to dst and returns the extended slice. It panics if the number
// of arguments is wrong or an argument other than the last contains a NUL byte: check names from outside with CheckFunction,
// CheckUnique and CheckHandle.
func AppendRequest(dst []byte, t Type, args ...[]byte) []byte {
	return appendPacket(dst, magicRequest, t, args)
}

// AppendResponse is AppendRequest for packets from the server (magic "\0RES").
func AppendResponse(dst []byte, t Type, args ...[]byte) []byte {
	return appendPacket(dst, magicResponse, t, args)
}

func appendPacket(dst []byte, magic [4]byte, t Type, args [][]byte) []byte {
	mustFit(t, args)
	size := max(len(args)-1, 0)
	for _, a := range args {
		size += len(a)
	}
	dst = append(dst, magic[:]...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(t))
	dst = binary.BigEndian.AppendUint32(dst, uint32(size))
	for i, a := range args {
		if i > 0 {
			dst = append(dst, 0)
		}
		dst = append(dst, a...)
	}
	return dst
}

// mustFit panics if the packet would be read differently from how it was written, which is a bug of the caller.
func mustFit(t Type, args [][]byte) {
	if len(args) != len(t.ArgNames()) {
		panic(fmt.Sprintf("wire: %v takes %d arguments, not %d", t, len(t.ArgNames()), len(args)))
	}
	for i, a := range args {
		if i < len(args)-1 && bytes.IndexByte(a, 0) >= 0 {
			panic(fmt.Sprintf("wire: NUL byte in the %s of %v", t.ArgNames()[i], t))
		}
	}
}

// header is a checked packet header.
type header struct {
	typ  Type
	dir  Direction
	size int
}

// parseHeader parses the 12 bytes of a packet's header. A wrong magic, an unknown type, a type in the wrong direction and a
// size over limit are a *FrameError.
func parseHeader(b []byte, limit int) (header, error) {
	var h header
	switch [4]byte(b) {
	case magicRequest:
		h.dir = Request
	case magicResponse:
		h.dir = Response
	default:
		return h, badMagic(b[:4])
	}
	h.typ = Type(binary.BigEndian.Uint32(b[4:]))
	if h.typ.Direction()&h.dir == 0 {
		return h, &FrameError{Reason: fmt.Sprintf("unexpected %v", h.typ)}
	}
	size := binary.BigEndian.Uint32(b[8:])
	if uint64(size) > uint64(limit) {
		return h, &FrameError{Reason: fmt.Sprintf("%v of %d bytes is over the limit of %d", h.typ, size, limit), TooLarge: true}
	}
	h.size = int(size)
	return h, nil
}

func badMagic(b []byte) error {
	return &FrameError{Reason: fmt.Sprintf("bad magic %q in a packet header", b)}
}

// splitBody splits a body into the arguments of t, reusing args. Too few arguments are a *FrameError, except that an empty
// last argument and its NUL may be missing, as in answers of the Perl server: it is nil then.
func splitBody(t Type, body []byte, args [][]byte) ([][]byte, error) {
	want := len(t.ArgNames())
	args = args[:0]
	if want == 0 {
		if len(body) > 0 {
			return nil, &FrameError{Reason: fmt.Sprintf("%v carries %d bytes, wants none", t, len(body))}
		}
		return args, nil
	}
	for len(args) < want-1 {
		i := bytes.IndexByte(body, 0)
		if i < 0 {
			if len(args) == want-2 {
				return append(args, body, nil), nil
			}
			return nil, &FrameError{Reason: fmt.Sprintf("%v has %d arguments, wants %d", t, len(args)+1, want)}
		}
		args = append(args, body[:i])
		body = body[i+1:]
	}
	return append(args, body), nil
}
