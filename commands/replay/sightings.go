package replay

import (
	"encoding/binary"
	"math/bits"

	"gearctl/commands/internal/jobs"
)

// sighting is where and when a record was last seen.
type sighting struct {
	id      jobs.RecordID
	drained int64  // nanoseconds since 1970
	origin  uint32 // by number, from 1; 0: a free slot
	handle  uint32 // its checksum
}

// sightings are many sightings by their ID, in 40 to 50 bytes each: hash tables without pointers, which grow one at a time
// and by little.
type sightings struct{ tables [256]sightingTable }

type sightingTable struct {
	slots []sighting
	used  int
}

// find returns the sighting with an ID, nil if there is none. It is valid until the next add.
func (s *sightings) find(id jobs.RecordID) *sighting {
	t := s.table(id)
	if t.used == 0 {
		return nil
	}
	if slot := t.slot(id); slot.origin != 0 {
		return slot
	}
	return nil
}

// add adds a sighting whose ID is not there.
func (s *sightings) add(v sighting) {
	t := s.table(v.id)
	if t.used >= len(t.slots)*7/8 {
		old := t.slots
		t.slots = make([]sighting, len(old)*5/4+64)
		for _, v := range old {
			if v.origin != 0 {
				*t.slot(v.id) = v
			}
		}
	}
	*t.slot(v.id) = v
	t.used++
}

func (s *sightings) table(id jobs.RecordID) *sightingTable { return &s.tables[id[len(id)-1]] }

// slot returns the slot of an ID, or the free one where it belongs.
func (t *sightingTable) slot(id jobs.RecordID) *sighting {
	at, _ := bits.Mul64(binary.LittleEndian.Uint64(id[:]), uint64(len(t.slots)))
	for t.slots[at].origin != 0 && t.slots[at].id != id {
		if at++; at == uint64(len(t.slots)) {
			at = 0
		}
	}
	return &t.slots[at]
}
