package jobs

import (
	"hash/maphash"

	"gearctl/wire"
)

// Memory remembers jobs of a server that are safe elsewhere, to recognize those that the server assigns again: a gearmand
// whose store has failed confirms acknowledgements and keeps the jobs. It knows a job by its handle, unique key and payload,
// and applies to one run of the server: after a restart handles begin anew, and an equal job may be a new one. Of more than
// a million jobs the oldest are forgotten. It must be made by NewMemory.
type Memory struct {
	seed   maphash.Seed
	max    int                 // of recent
	recent map[uint64]struct{} // at most max jobs
	older  map[uint64]struct{} // the max jobs before them
}

// maxRemembered is how many jobs a Memory holds, in about 16 MB.
const maxRemembered = 1_000_000

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{seed: maphash.MakeSeed(), max: maxRemembered / 2} }

// Digest returns what a job is remembered by.
func (m *Memory) Digest(j wire.Job) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	for _, part := range [][]byte{j.Handle, j.Unique} {
		h.Write(part)
		h.WriteByte(0) // neither holds one
	}
	h.Write(j.Workload)
	return h.Sum64()
}

// Add remembers jobs.
func (m *Memory) Add(digests []uint64) {
	for _, d := range digests {
		if m.recent == nil || len(m.recent) == m.max {
			m.recent, m.older = map[uint64]struct{}{}, m.recent
		}
		m.recent[d] = struct{}{}
	}
}

// Has reports whether a job is remembered.
func (m *Memory) Has(digest uint64) bool {
	_, recent := m.recent[digest]
	_, older := m.older[digest]
	return recent || older
}
