package servers

import (
	"cmp"
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
