package jobs

import (
	"sync"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// Answered remembers the jobs of servers that workers have answered, to report one that its server assigns again, as a
// gearmand does whose store has failed. The zero value remembers none. It is safe for concurrent use.
type Answered struct {
	mu      sync.Mutex
	servers map[string]*answeredJobs
}

type answeredJobs struct {
	memory *Memory
	warned bool
}

// Check returns what a job is remembered by. It warns of the first job of a server that was answered before.
func (a *Answered) Check(log cmderr.Log, j *wire.ActiveJob) (digest uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.of(j.Server)
	digest = s.memory.Digest(j.Job)
	if s.memory.Has(digest) && !s.warned {
		s.warned = true
		log.Warn("job %s of %s on %s was answered before and is assigned again: it is done again, and so are later ones "+
			"(its answer was lost with the connection, or the server's store, gearmand --queue-type, has failed: %s)", j.Handle, j.Function, j.Server, cmderr.Try("doctor").On(j.Server))
	}
	return digest
}

// Add remembers a job that was answered, by its digest.
func (a *Answered) Add(server string, digest uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of(server).memory.Add([]uint64{digest})
}

func (a *Answered) of(server string) *answeredJobs {
	s := a.servers[server]
	if s == nil {
		if a.servers == nil {
			a.servers = map[string]*answeredJobs{}
		}
		s = &answeredJobs{memory: NewMemory()}
		s.memory.max = maxAnswered
		a.servers[server] = s
	}
	return s
}

// maxAnswered is half of how many jobs of a server are remembered.
const maxAnswered = 10_000
