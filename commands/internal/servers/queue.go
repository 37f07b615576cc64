package servers

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"gearctl/wire"
)

// ResultQueuePrefix begins the names of the queues in which test checks wait for their results.
const ResultQueuePrefix = "gearctl_check_"

// MaxListedJobs is up to how many jobs a server is asked for the list of all of them, during which it is blocked.
const MaxListedJobs = 20_000

// ExtraReleases is how often a server must survive the release of a job beyond what happened to it before: once by gearctl,
// which may be killed, and once by a worker after that. Commands that release all jobs to keep their order need one more.
const ExtraReleases = 2

// Queue is a queue on a server.
type Queue struct {
	Server string
	wire.FunctionStatus
}

// CompareQueues orders queues by server, then by name.
func CompareQueues(a, b *Queue) int {
	return cmp.Or(strings.Compare(a.Server, b.Server), strings.Compare(a.Function, b.Function))
}

// SortQueues returns queues in the order of CompareQueues.
func SortQueues(queues []Queue) []*Queue {
	// Most comparisons are of the eight bytes after the start that all names have: that takes half the time.
	type keyed struct {
		key uint64
		q   *Queue
	}
	common := commonPrefix(queues)
	list := make([]keyed, len(queues))
	for i := range queues {
		var key [8]byte
		copy(key[:], queues[i].Function[common:])
		list[i] = keyed{binary.BigEndian.Uint64(key[:]), &queues[i]}
	}
	slices.SortFunc(list, func(a, b keyed) int {
		if a.key != b.key && a.q.Server == b.q.Server {
			return cmp.Compare(a.key, b.key)
		}
		return CompareQueues(a.q, b.q)
	})
	sorted := make([]*Queue, len(list))
	for i, k := range list {
		sorted[i] = k.q
	}
	return sorted
}

// commonPrefix returns how many bytes the names of all queues begin with.
func commonPrefix(queues []Queue) int {
	n := 0
	for i := range queues {
		first, name := queues[0].Function, queues[i].Function
		if i == 0 {
			n = len(name)
		}
		n = min(n, len(name))
		for first[:n] != name[:n] {
			n--
		}
	}
	return n
}

// FindQueue returns the queue of a name, nil if there is none.
func FindQueue(list []wire.FunctionStatus, name string) *wire.FunctionStatus {
	i := slices.IndexFunc(list, func(q wire.FunctionStatus) bool { return q.Function == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// TotalJobs returns how many jobs are in queues together.
func TotalJobs(list []wire.FunctionStatus) int64 {
	var n int64
	for _, q := range list {
		n += wire.Counted(q.Total)
	}
	return n
}

// TotalWaiting returns how many jobs wait in queues together.
func TotalWaiting(queues []Queue) int64 {
	var n int64
	for _, q := range queues {
		n += q.Waiting()
	}
	return n
}

// QueueNames returns the names of queues.
func QueueNames(list []wire.FunctionStatus) []string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Function
	}
	return names
}

// MayBePhantom reports whether the jobs of a queue may all be cancelled or abandoned, on a server with ignored such
// jobs.
func MayBePhantom(q wire.FunctionStatus, ignored int64) bool {
	return q.Workers == 0 && q.Running == 0 && !IsOwn(q.Function) && q.Total > 0 && q.Total <= ignored
}
