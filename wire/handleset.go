package wire

const (
	pageBits = 14      // of a number that choose the bit of a page
	maxPages = 1 << 13 // 16 MiB: 134 million handles in a row
)

// HandleSet is a set of job handles of one server, by their numbers. It takes a bit for each handle if they follow each other,
// and at most 16 MiB. The zero value is empty.
type HandleSet struct {
	n     int64
	pages map[uint32]*[1 << 8]uint64 // a bit for each number, by its upper bits
}

// Add adds a handle, and reports whether it could: one without a number cannot be added, nor one for which there is no room.
func (s *HandleSet) Add(handle []byte) bool {
	number, ok := HandleNumber(handle)
	if !ok {
		return false
	}
	n := uint32(number)
	page := s.pages[n>>pageBits]
	if page == nil {
		if len(s.pages) == maxPages {
			return false
		}
		if s.pages == nil {
			s.pages = map[uint32]*[1 << 8]uint64{}
		}
		page = new([1 << 8]uint64)
		s.pages[n>>pageBits] = page
	}
	if bit := uint64(1) << (n & 63); page[n>>6&0xff]&bit == 0 {
		page[n>>6&0xff] |= bit
		s.n++
	}
	return true
}

// Len returns the number of handles.
func (s *HandleSet) Len() int64 { return s.n }

// Has reports whether the set has a handle.
func (s *HandleSet) Has(handle []byte) bool {
	number, ok := HandleNumber(handle)
	n := uint32(number)
	page := s.pages[n>>pageBits]
	return ok && page != nil && page[n>>6&0xff]>>(n&63)&1 == 1
}
