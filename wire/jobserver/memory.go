package jobserver

// Approximate memory overhead in bytes, without names and workloads.
const (
	jobSize      = 400
	clientSize   = 160
	functionSize = 500
)

// size returns the bytes of j that count towards Options.MaxStored.
func (j *job) size() int { return jobSize + len(j.data) + 2*len(j.unique) + len(j.reducer) }

// full reports whether jobs and functions exceed Options.MaxStored. It logs when that begins.
func (s *Server) full() bool {
	stored := s.memory + s.functions.size
	full := stored >= s.opts.MaxStored
	if full && !s.wasFull {
		s.opts.Log.Warn("new jobs and functions are refused: memory limit reached", "bytes", stored, "limit", s.opts.MaxStored)
	}
	s.wasFull = full
	return full
}
