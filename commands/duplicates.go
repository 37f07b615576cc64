package commands

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"net"

	"gearctl/wire/archive"
)

// recordID is the same for two records of one job.
type recordID [16]byte

// next makes it another.
func (id *recordID) next() {
	n := binary.LittleEndian.Uint64(id[:])
	binary.LittleEndian.PutUint64(id[:], n+1)
}

// identify tells a job by its server, queue, unique key and payload. One without unique key is told by its handle as
// well; with one the handle does not count, for a server that keeps its jobs on disk numbers them anew when it starts.
func identify(r *archive.Record) recordID {
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
	return recordID(h.Sum(nil)[:len(recordID{})])
}

// uniqueOf returns the unique key to submit a record with. One without gets a key that follows from the record, so that
// bringing it back twice while it waits makes one job.
func uniqueOf(r *archive.Record) string {
	switch r.Unique {
	case "":
		id := identify(r)
		return "gearctl-" + hex.EncodeToString(id[:])
	case uniqueByPayload:
		return payloadKey(r.Queue, r.Data)
	}
	return r.Unique
}

// duplicates tells records of jobs that stand twice in archives: in one of a drain that was killed, before it had
// acknowledged all, and in one of the next. A job that was acknowledged and comes again is another.
type duplicates struct {
	complete []bool // of every section of the archives: all its jobs were acknowledged
	unknown  bool   // there are sections that nobody has looked at
	servers  map[string]uint32
	seen     map[recordID]sighting
}

// sighting is where and when a record was seen last.
type sighting struct {
	section, server, handle uint32 // the number of a server's name, and a sum of the handle
	drained                 int64  // nanoseconds since 1970
}

// sameServer reports whether two records that are alike in all else are of one server: by its name, or by the handle, which
// has the name that the server's host has for itself.
func (s sighting) sameServer(o sighting) bool { return s.server == o.server || s.handle == o.handle }

// again reports whether a record is that of a job that was seen before. Nothing is kept where none can be.
func (d *duplicates) again(r *archive.Record, section int) bool {
	if len(d.complete) < 2 && !d.unknown {
		return false
	}
	if _, ok := d.servers[r.Server]; !ok {
		d.servers[r.Server] = uint32(len(d.servers))
	}
	now := sighting{uint32(section), d.servers[r.Server], crc32.ChecksumIEEE([]byte(r.Handle)), r.DrainedAt.UnixNano()}
	for id := alike(r); ; id.next() { // the next is for a job of another server
		before, ok := d.seen[id]
		if !ok {
			d.seen[id] = now
			return false
		}
		if before.sameServer(now) {
			return d.judge(id, before, now)
		}
	}
}

// judge says whether the job that was seen before is the one that is seen now.
func (d *duplicates) judge(id recordID, before, now sighting) bool {
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
		d.seen[id] = now
	}
	return int(earlier.section) < len(d.complete) && !d.complete[earlier.section]
}

// alike is the same for records that differ by nothing but the name of their server, and by the handle where there is a
// unique key.
func alike(r *archive.Record) recordID {
	_, port, _ := net.SplitHostPort(r.Server)
	return identify(&archive.Record{Server: port, Queue: r.Queue, Handle: r.Handle, Unique: r.Unique, Data: r.Data})
}
