// Package jobs is the engine of the commands that take jobs from queues (drain, move, peek, queue gc, proxy, work): which
// queues a drain touches (Plan), which jobs are selected (Filter), whether a server keeps released jobs (ReleaseCheck),
// and which priority a job had (PriorityFinder). It is given connections, snapshots and plain values. It never takes a
// job itself, reads no flags, and prints nothing but notes to a log.
package jobs
