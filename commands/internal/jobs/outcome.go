package jobs

import (
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// LostJobs describes the jobs that are neither drained nor back in their queue, for the end of an error; "" for none.
func LostJobs(n wire.Taken) string {
	text := ""
	if n.Unconfirmed > 0 {
		text += ", " + output.Plural(n.Unconfirmed, "job was", "jobs were") + " acknowledged without confirmation and may be gone from the server"
	}
	if n.Lost > 0 {
		text += ", " + output.Plural(n.Lost, "job is", "jobs are") + " lost: this server does not requeue jobs"
	}
	return text
}

// WarnGone warns of jobs that the server did not know any more when they were acknowledged: it may hand them out again.
func WarnGone(log cmderr.Log, queue, server string, n wire.Taken) {
	if n.Gone > 0 {
		log.Warn("queue %s on %s: %s no longer known to the server when acknowledged: server restarted or job timed out; it may run again", queue, server,
			output.Plural(n.Gone, "job was", "jobs were"))
	}
}

// MissingJobs is the error that released jobs were not seen again, nil if there are none.
func MissingJobs(queue, server string, n wire.Taken) error {
	if n.Missing == 0 {
		return nil
	}
	return cmderr.Errorf("queue %s on %s: %s released and not seen again: another worker took them, or the server destroyed them", queue, server,
		output.Plural(n.Missing, "job was", "jobs were"))
}
