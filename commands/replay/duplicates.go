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
	last     int    // the section that is read last
	numbers  map[origin]uint32
	origins  []origin // by number, from 1
	seen     sightings
}

// origin is where records come from: many of them from few.
type origin struct {
	section int
	server  string
}

func newDuplicates() *duplicates {
	return &duplicates{numbers: map[origin]uint32{}, origins: make([]origin, 1)}
}

// again reports whether a record is of a job that was seen before. It keeps nothing where there can be no duplicates.
func (d *duplicates) again(r *archive.Record, section int) bool {
	if len(d.complete) < 2 && !d.unknown {
		return false
	}
	now := sighting{
		id: alike(r), drained: r.DrainedAt.UnixNano(),
		origin: d.number(origin{section, r.Server}), handle: crc32.ChecksumIEEE([]byte(r.Handle)),
	}
	for ; ; increment(&now.id) { // the next ID is for an equal job of another server
		before := d.seen.find(now.id)
		switch {
		case before == nil && section == d.last && !d.unknown:
			return false // nothing follows that may be this one: a drain takes a job once
		case before == nil:
			d.seen.add(now)
			return false
		case before.handle == now.handle || d.origins[before.origin].server == r.Server:
			return d.judge(before, now)
		}
	}
}

// number returns the number of an origin.
func (d *duplicates) number(o origin) uint32 {
	n, known := d.numbers[o]
	if !known {
		n = uint32(len(d.origins))
		d.numbers[o] = n
		d.origins = append(d.origins, o)
	}
	return n
}

// judge reports whether the job seen before is the one seen now. They are of one server: by its name, or by the handle,
// which contains the server's own host name.
func (d *duplicates) judge(before *sighting, now sighting) bool {
	at, sameHandle := d.origins[before.origin].section, before.handle == now.handle
	again := d.origins[now.origin].section
	switch {
	case at == again:
		return false // a drain takes a job once
	case before.drained == now.drained:
		return true // a copy of the archive
	case now.drained < before.drained:
		at = again
	default:
		*before = now
	}
	switch {
	case at >= len(d.complete) || d.complete[at]:
		return false
	case d.pending[at]:
		return sameHandle // most likely acknowledged: the next job with that key is another
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
