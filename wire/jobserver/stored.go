package jobserver

// What the server's books cost beside the bytes of their names and workloads, about, in bytes.
const (
	jobSize      = 400
	clientSize   = 160
	functionSize = 500
)

// size is what j counts for against Options.MaxStored.
func (j *job) size() int { return jobSize + len(j.data) + 2*len(j.unique) + len(j.reducer) }

// full reports whether jobs and functions take as much memory as they may. The first time
// it is logged.
func (s *Server) full() bool {
	stored := s.stored + s.functions.size
	full := stored >= s.opts.MaxStored
	if full && !s.wasFull {
		s.opts.Log.Warn("new jobs and functions are refused: too much memory is taken", "bytes", stored, "limit", s.opts.MaxStored)
	}
	s.wasFull = full
	return full
}
