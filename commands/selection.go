package commands

// selection remembers which of the jobs that came were chosen, a bit for each.
type selection struct {
	bits []uint64
	n    int64 // jobs that came
}

// add notes the next job.
func (s *selection) add(chosen bool) {
	if s.n%64 == 0 {
		s.bits = append(s.bits, 0)
	}
	if chosen {
		s.bits[s.n/64] |= 1 << (s.n % 64)
	}
	s.n++
}

// has reports whether job n was chosen.
func (s *selection) has(n int64) bool { return s.bits[n/64]&(1<<(n%64)) != 0 }
