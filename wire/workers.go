package wire

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unsafe"
)

// WorkerStatus is a line of the admin command workers: any connection, including clients and the one that asks.
type WorkerStatus struct {
	FD        int64 // file descriptor on the server; -1: unknown
	Address   string
	ID        string   // set by SET_CLIENT_ID; "-": not set
	Functions []string // names with spaces are split: the protocol has no quoting
}

// Workers returns all connections of the server.
func (c *Conn) Workers(ctx context.Context) (Listing[WorkerStatus], error) {
	return list(ctx, c, "workers", ParseWorkerLine, func(w *WorkerStatus) int { return w.size() })
}

// EachWorker calls f for every connection; see EachStatus.
func (c *Conn) EachWorker(ctx context.Context, f func(WorkerStatus) error) ([]*LineError, error) {
	return each(ctx, c, "workers", ParseWorkerLine, f)
}

// size returns how many bytes of memory w points to.
func (w *WorkerStatus) size() int {
	n := len(w.Address) + len(w.ID)
	for _, f := range w.Functions {
		n += len(f) + int(unsafe.Sizeof(f)) + 1
	}
	return n
}

// ParseWorkerLine parses FD ADDRESS ID : FUNCTION… An ID may contain spaces.
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
	names := string(functions) // shared by all names
	w.Functions = make([]string, 0, strings.Count(names, " ")+1)
	for f := range strings.SplitSeq(names, " ") { // not Fields: a name may contain a TAB or U+00A0
		if f != "" {
			w.Functions = append(w.Functions, f)
		}
	}
	if len(w.Functions) == 0 {
		w.Functions = nil
	}
	return w, nil
}

// cutFunctions splits at the first colon between spaces or at the end of the line.
func cutFunctions(b []byte) (id, functions []byte, ok bool) {
	if before, after, ok := bytes.Cut(b, []byte(" : ")); ok {
		return before, after, true
	}
	id, ok = bytes.CutSuffix(b, []byte(" :"))
	return id, nil, ok
}
