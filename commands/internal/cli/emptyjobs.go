package cli

import (
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// NoteEmpty says that a server got background jobs without data, and what they may do.
func NoteEmpty(log cmderr.Log, server string, n int64) {
	if n > 0 {
		log.Info("%s: %s no data: %s", server, output.Plural(n, "job has", "jobs have"), servers.EmptyJobsRisk)
	}
}
