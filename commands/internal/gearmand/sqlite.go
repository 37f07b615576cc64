package gearmand

import (
	"strings"

	"gearctl/commands/internal/host"
	"gearctl/commands/internal/shell"
)

// reloadFailure is what gearmand logs if it cannot load a job and does not start.
const reloadFailure = "failed to reload queue"

// BlocksStart reports whether a gearmand with a store of SQLite did not start because of a job without data in it, by the end
// of its log.
func (o Options) BlocksStart(t host.Root) bool {
	log := o.logTail(t)
	at := strings.LastIndex(log, reloadFailure)
	if s := o.Store(); s == nil || s.Kind != SQLite || at < 0 {
		return false
	}
	_, after, _ := strings.Cut(log[at:], "\n") // later lines
	return !strings.Contains(after, "ERROR") && !strings.Contains(after, "Listening on")
}

// Repair is the command that makes such a gearmand start again and keeps the job: an empty workload is stored as NULL, which
// gearmand does not load, but it loads an empty blob.
func (s *Store) Repair() string {
	return "cp -p " + shell.QuotePrintable(s.Addr) + " " + shell.QuotePrintable(s.Addr+".copy") + " && sqlite3 " + shell.QuotePrintable(s.Addr) +
		` "UPDATE ` + s.Table + ` SET data = x'' WHERE data IS NULL"`
}
