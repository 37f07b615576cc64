package gearmand

import (
	"io"
	"os"
	"strings"

	"gearctl/commands/internal/host"
)

// LogFile returns the file that gearmand logs to.
func (o Options) LogFile() string { return o.Value("log-file", "/var/log/gearmand.log") }

// logTailSize is how much of a log is read, in bytes from its end.
const logTailSize = 64 << 10

// logTail returns the end of the log, empty if it cannot be read.
func (o Options) logTail(t host.Root) string {
	file := o.LogFile()
	if !t.IsFile(file) {
		return "" // reading a pipe would block
	}
	f, err := os.Open(t.At(file))
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > logTailSize {
		f.Seek(-logTailSize, io.SeekEnd)
	}
	b, _ := io.ReadAll(io.LimitReader(f, logTailSize))
	return string(b)
}

// storeSource is how gearmand marks the lines that its stores log.
const storeSource = " -> libgearman-server/plugins/queue/"

// StoreError returns the last error of the store in the log, in one line; empty if there is none.
func (o Options) StoreError(t host.Root) string {
	log := o.logTail(t)
	end := strings.LastIndex(log, storeSource)
	start := strings.LastIndex(log[:max(end, 0)], "ERROR ")
	if end < 0 || start < 0 {
		return ""
	}
	_, text, _ := strings.Cut(log[start:end], "] ")
	return strings.Join(strings.Fields(text), " ")
}
