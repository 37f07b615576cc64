package archive

import (
	"bytes"
	"encoding/json"
	"hash/crc32"
	"io"
	"time"
	"unicode/utf8"
)

// Summary describes the records of a section. It is in the trailer, so that a reader need not read all of an archive to know
// what is in it.
type Summary struct {
	Start int64     `json:"start"`  // offset of the section in the file
	CRC   uint32    `json:"crc32c"` // of its lines without the trailer, by Castagnoli
	Bytes int64     `json:"bytes"`  // of payloads
	First time.Time `json:"first"`  // the times at which jobs were drained
	Last  time.Time `json:"last"`
	// Queues and Servers count records. They are nil if there are too many, or if a name is not UTF-8.
	Queues  map[string]int64 `json:"queues,omitempty"`
	Servers map[string]int64 `json:"servers,omitempty"`
}

const (
	maxSummary = 3 << 10 // bytes: a trailer must be shorter than what Scan reads of a line
	maxNames   = 128     // queues or servers
)

// castagnoli returns the table of the checksum. The first call takes a quarter of a millisecond, which no start has to spend
// that reads or writes no archive.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func newSummary(start int64) *Summary {
	return &Summary{Start: start, Queues: map[string]int64{}, Servers: map[string]int64{}}
}

// add adds a record and its line.
func (s *Summary) add(r *Record, line []byte) {
	s.CRC = crc32.Update(s.CRC, castagnoli(), line)
	s.Bytes += int64(len(r.Data))
	if s.First.IsZero() || r.DrainedAt.Before(s.First) {
		s.First = r.DrainedAt.UTC()
	}
	if r.DrainedAt.After(s.Last) {
		s.Last = r.DrainedAt.UTC()
	}
	count(&s.Queues, r.Queue)
	count(&s.Servers, r.Server)
}

func count(names *map[string]int64, name string) {
	if *names == nil {
		return
	}
	n, known := (*names)[name]
	if !known && (len(*names) == maxNames || !utf8.ValidString(name)) {
		*names = nil
		return
	}
	(*names)[name] = n + 1
}

// appendJSON appends s, without names if it would be too long.
func (s *Summary) appendJSON(dst []byte) []byte {
	b, err := json.Marshal(s)
	if err == nil && len(b) > maxSummary {
		short := *s
		short.Queues, short.Servers = nil, nil
		b, err = json.Marshal(&short)
	}
	if err != nil {
		return dst // a time beyond year 9999
	}
	return append(append(dst, `,"summary":`...), b...)
}

// Trailers returns the trailers of an archive of size bytes. It reads only these, a few KiB each. ok is false if one of them has no
// summary, or cannot be found, because its writer was killed or was an earlier version: then all of the archive must be read.
func Trailers(f io.ReaderAt, size int64) (list []*Trailer, ok bool) {
	c := compressionOfFile(f)
	for end := size; end > 0; {
		block := make([]byte, min(end, 4<<10))
		if _, err := f.ReadAt(block, end-int64(len(block))); err != nil {
			return nil, false
		}
		if c != nil {
			block = c.lastPart(block) // the trailer is a part of its own
		}
		t := lastTrailer(block)
		if t == nil || t.Summary == nil || t.Summary.Start < 0 || t.Summary.Start >= end {
			return nil, false
		}
		list = append([]*Trailer{t}, list...)
		end = t.Summary.Start
	}
	return list, len(list) > 0
}

// lastTrailer returns the trailer at the end of block, or nil.
func lastTrailer(block []byte) *Trailer {
	line, whole := bytes.CutSuffix(block, []byte("\n"))
	if !whole {
		return nil
	}
	return parseTrailer(line[bytes.LastIndexByte(line, '\n')+1:])
}

func parseTrailer(line []byte) *Trailer {
	if !bytes.HasPrefix(line, []byte(trailerStart)) {
		return nil
	}
	_, t, err := Parse(line)
	if err != nil {
		return nil
	}
	return t
}
