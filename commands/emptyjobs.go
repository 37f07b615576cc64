package commands

import "gearctl/output"

// emptyJobs is what background jobs without data may do to a server that keeps its jobs.
const emptyJobs = "a gearmand with an SQLite store (--queue-type=libsqlite3) cannot restart while it holds such a job; " +
	"gearctl doctor on its host shows the repair"

// noteEmpty says that a server got background jobs without data, and what they may do.
func noteEmpty(log Log, server string, n int64) {
	if n > 0 {
		log.Info("%s: %s no data: %s", server, output.Plural(n, "job has", "jobs have"), emptyJobs)
	}
}
