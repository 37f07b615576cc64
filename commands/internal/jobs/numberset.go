package jobs

// NumberSet is a set of job numbers, with a bit for each number up to the greatest.
type NumberSet struct{ bits []uint64 }

// Add puts n into the set.
func (s *NumberSet) Add(n int64) {
	for int64(len(s.bits)) <= n/64 {
		s.bits = append(s.bits, 0)
	}
	s.bits[n/64] |= 1 << (n % 64)
}

// Has reports whether n is in the set.
func (s *NumberSet) Has(n int64) bool {
	return n/64 < int64(len(s.bits)) && s.bits[n/64]&(1<<(n%64)) != 0
}
