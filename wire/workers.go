package wire

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unsafe"
)

// WorkerStatus is a line of the admin command workers: a connection of any kind, clients and the asking one included.
type WorkerStatus struct {
	FD        int64 // of the connection on the server; -1 when it does not tell
	Address   string
	ID        string   // as set by SET_CLIENT_ID, "-" when it was not
	Functions []string // names with blanks come apart: the protocol has no quoting
}

// Workers returns every connection of the server.
func (c *Conn) Workers(ctx context.Context) (Listing[WorkerStatus], error) {
	return list(ctx, c, "workers", ParseWorkerLine, func(w *WorkerStatus) int { return w.size() })
}

// EachWorker is Workers that keeps nothing, as EachStatus is Status.
func (c *Conn) EachWorker(ctx context.Context, f func(WorkerStatus) error) ([]*LineError, error) {
	return each(ctx, c, "workers", ParseWorkerLine, f)
}

// size returns the bytes of memory that w takes besides its own.
func (w *WorkerStatus) size() int {
	n := len(w.Address) + len(w.ID)
	for _, f := range w.Functions {
		n += len(f) + int(unsafe.Sizeof(f)) + 1
	}
	return n
}

// ParseWorkerLine reads FD ADDRESS ID : FUNCTION… An ID may hold blanks.
func ParseWorkerLine(line []byte) (WorkerStatus, error) {
	fd, rest, ok := bytes.Cut(line, []byte(" "))
	address, rest, ok2 := bytes.Cut(rest, []byte(" "))
	if !ok || !ok2 {
		return WorkerStatus{}, errors.New("not FD ADDRESS ID : FUNCTION…")
	}
	w := WorkerStatus{FD: -1, Address: string(address)}
	if s := string(fd); s != "-" && s != "-1" {
		n, err := parseCount(fd)
		if err != nil {
			return w, errors.New("the line does not begin with a descriptor")
		}
		w.FD = n
	}
	id, functions, ok := cutFunctions(rest)
	if !ok {
		return w, errors.New("no : in front of the functions")
	}
	w.ID = string(id)
	names := string(functions) // which the names share
	w.Functions = make([]string, 0, strings.Count(names, " ")+1)
	for f := range strings.SplitSeq(names, " ") { // not Fields: a name may hold a TAB or U+00A0
		if f != "" {
			w.Functions = append(w.Functions, f)
		}
	}
	if len(w.Functions) == 0 {
		w.Functions = nil
	}
	return w, nil
}

// cutFunctions splits at the first colon that stands between blanks or ends the line.
func cutFunctions(b []byte) (id, functions []byte, ok bool) {
	if before, after, ok := bytes.Cut(b, []byte(" : ")); ok {
		return before, after, true
	}
	id, ok = bytes.CutSuffix(b, []byte(" :"))
	return id, nil, ok
}
