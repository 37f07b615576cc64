package replay

import (
	"encoding/binary"
	"hash/crc32"
	"net"

	"gearctl/commands/internal/jobs"
	"gearctl/wire/archive"
)

// duplicates finds jobs that have two records: one in the archive of a drain that was killed before it had acknowledged
// all, and one in that of the next drain. A job that was acknowledged and comes again is another.
type duplicates struct {
	complete []bool // by section of the archives: all of its jobs were acknowledged
	pending  []bool // they were to be acknowledged next
	unknown  bool   // there are sections that were not scanned
	servers  map[string]uint32
	seen     map[jobs.RecordID]sighting
}

// sighting is where and when a record was last seen.
type sighting struct {
	section, server, handle uint32 // server by number, handle by checksum
	drained                 int64  // nanoseconds since 1970
}

// sameServer reports whether two records that are otherwise equal are of one server: by its name, or by the handle, which
// contains the server's own host name.
func (s sighting) sameServer(o sighting) bool { return s.server == o.server || s.handle == o.handle }

// again reports whether a record is of a job that was seen before. It keeps nothing where there can be no duplicates.
func (d *duplicates) again(r *archive.Record, section int) bool {
	if len(d.complete) < 2 && !d.unknown {
		return false
	}
	if _, ok := d.servers[r.Server]; !ok {
		d.servers[r.Server] = uint32(len(d.servers))
	}
	now := sighting{uint32(section), d.servers[r.Server], crc32.ChecksumIEEE([]byte(r.Handle)), r.DrainedAt.UnixNano()}
	for id := alike(r); ; increment(&id) { // the next ID is for an equal job of another server
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

// judge reports whether the job seen before is the one seen now.
func (d *duplicates) judge(id jobs.RecordID, before, now sighting) bool {
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
	at := int(earlier.section)
	switch {
	case at >= len(d.complete) || d.complete[at]:
		return false
	case d.pending[at]:
		return before.handle == now.handle // most likely acknowledged: the next job with that key is another
	}
	return true
}

// alike identifies a record regardless of the name of its server, and of its handle if it has a unique key.
func alike(r *archive.Record) jobs.RecordID {
	_, port, _ := net.SplitHostPort(r.Server)
	return jobs.Identify(&archive.Record{Server: port, Queue: r.Queue, Handle: r.Handle, Unique: r.Unique, Data: r.Data})
}

func increment(id *jobs.RecordID) {
	n := binary.LittleEndian.Uint64(id[:])
	binary.LittleEndian.PutUint64(id[:], n+1)
}
