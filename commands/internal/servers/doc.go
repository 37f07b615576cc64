// Package servers asks a job server for its version, queues, priorities and workers (Snapshot), knows which server versions
// can do what, and matches queues by name and glob (Matcher). It is given connections, and never dials, submits or takes
// a job.
package servers
