package doctor

import (
	"io"
	"os"
	"strings"

	"gearctl/commands/internal/host"
	"gearctl/commands/internal/shell"
)

// sqliteStore is the SQLite store of the local gearmand: its database, its table, and gearmand's log.
type sqliteStore struct{ file, table, log string }

// sqliteStore returns the store, or nil if gearmand is not started with one.
func (d *inspection) sqliteStore() *sqliteStore {
	words := d.gearmandArgs()
	store := &sqliteStore{table: "gearman_queue", log: "/var/log/gearmand.log"}
	kind := ""
	for option, value := range map[string]*string{
		"--queue-type": &kind, "-q": &kind, "--log-file": &store.log, "-l": &store.log,
		"--libsqlite3-db": &store.file, "--libsqlite3-table": &store.table,
	} {
		for i, w := range words {
			switch text, ok := strings.CutPrefix(w.Text, option+"="); {
			case ok:
				*value = text
			case w.Text == option && i+1 < len(words):
				*value = words[i+1].Text
			}
		}
	}
	if kind != "libsqlite3" || store.file == "" {
		return nil
	}
	return store
}

// reloadFailure is what gearmand logs if it cannot load a job and does not start.
const reloadFailure = "failed to reload queue"

// logTail is how much of a log is read, in bytes from its end.
const logTail = 64 << 10

// blocksStart reports whether gearmand did not start because of its store, by the end of its log.
func (q *sqliteStore) blocksStart(t host.Root) bool {
	if !t.IsFile(q.log) {
		return false // reading a pipe would block
	}
	f, err := os.Open(t.At(q.log))
	if err != nil {
		return false
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > logTail {
		f.Seek(-logTail, io.SeekEnd)
	}
	b, _ := io.ReadAll(io.LimitReader(f, logTail))
	at := strings.LastIndex(string(b), reloadFailure)
	if at < 0 {
		return false
	}
	_, after, _ := strings.Cut(string(b[at:]), "\n") // later lines
	return !strings.Contains(after, "ERROR") && !strings.Contains(after, "Listening on")
}

// repair is the command that makes gearmand start again and keeps the job: an empty workload is stored as NULL, which
// gearmand does not load, but it loads an empty blob.
func (q *sqliteStore) repair() string {
	return "cp -p " + shell.QuotePrintable(q.file) + " " + shell.QuotePrintable(q.file+".copy") + ` && sqlite3 ` + shell.QuotePrintable(q.file) +
		` "UPDATE ` + q.table + ` SET data = x'' WHERE data IS NULL"`
}

// addStoreFault extends the finding that gearmand cannot be reached, and its fix, for a store that may be the cause.
func (q *sqliteStore) addStoreFault(t host.Root, finding, start string) (string, string) {
	if q.blocksStart(t) {
		return finding + ": " + q.log + " ends with \"" + reloadFailure + "\": its store " + q.file + " holds a job without a workload, which gearmand does not load",
			q.repair() + " && " + start
	}
	return finding, start + "; should its log say \"" + reloadFailure + "\": " + q.repair()
}
