package jobs

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"net"

	"gearctl/wire/archive"
)

// RecordID is the same for two records of one job.
type RecordID [16]byte

// next makes it another.
func (id *RecordID) next() {
	n := binary.LittleEndian.Uint64(id[:])
	binary.LittleEndian.PutUint64(id[:], n+1)
}

// identify tells a job by its server, queue, unique key and payload. One without unique key is told by its handle as
// well; with one the handle does not count, for a server that keeps its jobs on disk numbers them anew when it starts.
func identify(r *archive.Record) RecordID {
	parts := []string{r.Server, r.Queue, r.Unique}
	if r.Unique == "" || r.Unique == uniqueByPayload {
		parts = append(parts, r.Handle)
	}
	h := sha256.New()
	for _, s := range parts {
		io.WriteString(h, s)
		h.Write([]byte{0})
	}
	h.Write(r.Data)
	return RecordID(h.Sum(nil)[:len(RecordID{})])
}

// UniqueOf returns the unique key to submit a record with. One without gets a key that follows from the record, so that
// bringing it back twice while it waits makes one job.
func UniqueOf(r *archive.Record) string {
	switch r.Unique {
	case "":
		id := identify(r)
		return "gearctl-" + hex.EncodeToString(id[:])
	case uniqueByPayload:
		return payloadKey(r.Queue, r.Data)
	}
	return r.Unique
}

// Duplicates tells records of jobs that stand twice in archives: in one of a drain that was killed, before it had
// acknowledged all, and in one of the next. A job that was acknowledged and comes again is another.
type Duplicates struct {
	Complete []bool // of every section of the archives: all its jobs were acknowledged
	Unknown  bool   // there are sections that nobody has looked at
	Servers  map[string]uint32
	Seen     map[RecordID]Sighting
}

// Sighting is where and when a record was seen last.
type Sighting struct {
	section, server, handle uint32 // the number of a server's name, and a sum of the handle
	drained                 int64  // nanoseconds since 1970
}

// sameServer reports whether two records that are alike in all else are of one server: by its name, or by the handle, which
// has the name that the server's host has for itself.
func (s Sighting) sameServer(o Sighting) bool { return s.server == o.server || s.handle == o.handle }

// Again reports whether a record is that of a job that was seen before. Nothing is kept where none can be.
func (d *Duplicates) Again(r *archive.Record, section int) bool {
	if len(d.Complete) < 2 && !d.Unknown {
		return false
	}
	if _, ok := d.Servers[r.Server]; !ok {
		d.Servers[r.Server] = uint32(len(d.Servers))
	}
	now := Sighting{uint32(section), d.Servers[r.Server], crc32.ChecksumIEEE([]byte(r.Handle)), r.DrainedAt.UnixNano()}
	for id := alike(r); ; id.next() { // the next is for a job of another server
		before, ok := d.Seen[id]
		if !ok {
			d.Seen[id] = now
			return false
		}
		if before.sameServer(now) {
			return d.judge(id, before, now)
		}
	}
}

// judge says whether the job that was seen before is the one that is seen now.
func (d *Duplicates) judge(id RecordID, before, now Sighting) bool {
	switch {
	case before.section == now.section:
		return false // a drain takes a job once
	case before.drained == now.drained:
		return true // a copy of the archive
	}
	earlier := before
	if now.drained < before.drained {
		earlier = now
	} else {
		d.Seen[id] = now
	}
	return int(earlier.section) < len(d.Complete) && !d.Complete[earlier.section]
}

// alike is the same for records that differ by nothing but the name of their server, and by the handle where there is a
// unique key.
func alike(r *archive.Record) RecordID {
	_, port, _ := net.SplitHostPort(r.Server)
	return identify(&archive.Record{Server: port, Queue: r.Queue, Handle: r.Handle, Unique: r.Unique, Data: r.Data})
}
