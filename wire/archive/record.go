// Package archive stores jobs in a file: a line of JSON for each, and a trailer line with their number. A file whose name
// ends in .gz or .zst is compressed. The jobs can be submitted again, to any server.
//
// A [Writer] is made by [Create] or [Append] for a file, or by [NewWriter] for a stream. [Writer.Add] buffers a [Record].
// Once [Writer.Sync] returns nil, all records are on disk and their jobs can be acknowledged. [Writer.Close] writes the
// trailer. A [Reader] returns the records one by one and isolates damage: a line that cannot be read is a [LineError],
// after which reading continues, and a truncated archive is [ErrTruncated]. The format is version 1; AppendRecord has its keys.
//
// A Writer is safe for concurrent use, a Reader is for one goroutine. Records belong to the caller.
package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"gearctl/wire"
)

// Version is the version of the format. A Reader rejects lines of later versions.
const Version = 1

// Record is a job.
type Record struct {
	Server    string // host:port that it was taken from
	Queue     string // the function, 1 to 511 bytes of any value
	Handle    string // on that server
	Unique    string // unique key, up to 63 bytes; empty: none
	Priority  wire.Priority
	DrainedAt time.Time
	Data      []byte // the workload
}

// MaxSize returns a bound on the length of the line of r, in bytes.
func (r *Record) MaxSize() int64 {
	return int64(maxFixed + maxEscape*(len(r.Server)+len(r.Queue)+len(r.Handle)+len(r.Unique)) + len(r.Data)/3*4)
}

const (
	maxFixed  = 320   // keys, time, priority
	maxEscape = 6 + 2 // bytes for one of a name, in JSON and in base64
)

// Trailer is the line that ends the records of one writer.
type Trailer struct {
	Records      int64     `json:"records"`      // since the previous trailer
	Acknowledged int64     `json:"acknowledged"` // of Records: no longer on their server
	EndedAt      time.Time `json:"ended_at"`
	Interrupted  bool      `json:"cut,omitempty"` // added for a writer that was killed; the other fields are not set
	// Pending means that the archive was completed before its jobs were acknowledged, so that Acknowledged is not known. If
	// its writer was killed right then, they are still on their server.
	Pending bool     `json:"pending,omitempty"`
	Summary *Summary `json:"summary,omitempty"` // nil: unknown
}

// Complete reports whether all jobs of the trailer's records were acknowledged.
func (t *Trailer) Complete() bool { return !t.Interrupted && !t.Pending && t.Acknowledged >= t.Records }

// line is a line of an archive. Names that are not UTF-8 have a second key with their base64.
type line struct {
	V           int        `json:"v"`
	Server      string     `json:"server"`
	Queue       string     `json:"queue"`
	QueueBytes  []byte     `json:"queue_base64"`
	Handle      string     `json:"handle"`
	HandleBytes []byte     `json:"handle_base64"`
	Unique      string     `json:"unique"`
	UniqueBytes []byte     `json:"unique_base64"`
	Priority    *string    `json:"priority"`
	DrainedAt   *time.Time `json:"drained_at"`
	Data        *[]byte    `json:"data"`
	End         bool       `json:"end"`
	Trailer
}

// AppendRecord appends r as a line, including the newline. It does not keep r or its data.
func AppendRecord(dst []byte, r *Record) []byte {
	dst = append(dst, `{"v":1,"server":`...)
	dst = appendString(dst, r.Server)
	dst = appendName(dst, "queue", r.Queue)
	dst = appendName(dst, "handle", r.Handle)
	dst = appendName(dst, "unique", r.Unique)
	dst = append(dst, `,"priority":`...)
	if r.Priority == wire.PriorityUnknown {
		dst = append(dst, "null"...)
	} else {
		dst = appendString(dst, r.Priority.String())
	}
	dst = append(dst, `,"drained_at":"`...)
	dst = r.DrainedAt.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","data":"`...)
	dst = appendBase64(dst, r.Data)
	return append(dst, "\"}\n"...)
}

// appendName appends a name, and its base64 if it is not UTF-8.
func appendName(dst []byte, key, name string) []byte {
	dst = append(append(append(dst, `,"`...), key...), `":`...)
	dst = appendString(dst, name)
	if utf8.ValidString(name) {
		return dst
	}
	dst = append(append(append(dst, `,"`...), key...), `_base64":"`...)
	return append(appendBase64(dst, name), '"')
}

// lineStart begins every line, and trailerStart every trailer.
const (
	trailerStart = lineStart + `1,"end":true`
	lineStart    = `{"v":`
)

// AppendTrailer appends t as a line.
func AppendTrailer(dst []byte, t Trailer) []byte {
	if t.Interrupted {
		return append(dst, trailerStart+`,"cut":true}`+"\n"...)
	}
	dst = fmt.Appendf(dst, trailerStart+`,"records":%d,"acknowledged":%d,"ended_at":"`, t.Records, t.Acknowledged)
	dst = append(t.EndedAt.UTC().AppendFormat(dst, time.RFC3339Nano), '"')
	if t.Pending {
		dst = append(dst, `,"pending":true`...)
	}
	if t.Summary != nil {
		dst = t.Summary.appendJSON(dst)
	}
	return append(dst, "}\n"...)
}

// Parse parses a line, with or without its newline. It returns a record, a trailer or an error.
func Parse(b []byte) (*Record, *Trailer, error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		if timeErr := (*time.ParseError)(nil); errors.As(err, &timeErr) {
			err = errors.New("not a time") // its text may be that of a payload
		}
		return nil, nil, fmt.Errorf("not an archive record: %w", err)
	}
	switch {
	case l.V < 1:
		return nil, nil, errors.New("not an archive record: it has no version")
	case l.V > Version:
		return nil, nil, fmt.Errorf("version %d of the archive format: this program knows version %d", l.V, Version)
	case l.End:
		return nil, &l.Trailer, nil
	}
	r, err := l.record()
	return r, nil, err
}

func (l *line) record() (*Record, error) {
	r := &Record{Server: l.Server, Queue: l.Queue, Handle: l.Handle, Unique: l.Unique}
	for name, exact := range map[*string][]byte{&r.Queue: l.QueueBytes, &r.Handle: l.HandleBytes, &r.Unique: l.UniqueBytes} {
		if exact != nil {
			*name = string(exact)
		}
	}
	if l.Priority != nil && *l.Priority != "" {
		var err error
		if r.Priority, err = wire.ParsePriority(*l.Priority); err != nil {
			return nil, err
		}
	}
	if l.DrainedAt != nil {
		r.DrainedAt = *l.DrainedAt
	}
	switch {
	case r.Queue == "":
		return nil, errors.New("it names no queue")
	case l.Data == nil:
		return nil, errors.New("no data in the record")
	}
	r.Data = *l.Data
	return r, nil
}
