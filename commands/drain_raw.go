package commands

import (
	"bufio"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"gearctl/wire"
	"gearctl/wire/disk"
)

// rawWriter writes payloads, one after the other, for several queues at once.
type rawWriter struct {
	mu  sync.Mutex
	out io.Writer // below w
	w   *bufio.Writer
	end byte
}

func newRawWriter(w io.Writer, print0 bool) *rawWriter {
	r := &rawWriter{out: w, w: bufio.NewWriterSize(w, 64<<10), end: '\n'}
	if print0 {
		r.end = 0
	}
	return r
}

func (r *rawWriter) job(j wire.Job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w.Write(j.Workload)
	return r.w.WriteByte(r.end)
}

func (r *rawWriter) flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.w.Flush()
}

// sync returns when what was written survives a crash, where it went to a file.
func (r *rawWriter) sync() error {
	err := r.flush()
	if f, ok := r.out.(*os.File); ok && err == nil {
		err = disk.SyncStream(f)
	}
	return err
}

// checkRawStdout refuses a stdout that was closed: the program then has /dev/null there, to read and write.
func checkRawStdout(env *Env) error {
	if _, closed := nullDevice(env.Stdout); closed {
		return withHint(errorf("-o raw: stdout is closed"), "to discard the payloads omit -o raw")
	}
	return nil
}

// checkArchiveStdout refuses a stdout that keeps nothing, where it alone keeps the jobs.
func checkArchiveStdout(env *Env) error {
	if null, _ := nullDevice(env.Stdout); null {
		return withHint(errorf("archive -: stdout is closed or /dev/null"), "to discard the jobs omit --to")
	}
	return nil
}

// nullDevice reports whether w is /dev/null, and whether that was opened to read as well.
func nullDevice(w io.Writer) (null, read bool) {
	f, ok := w.(*os.File)
	if !ok {
		return false, false
	}
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != unix.Mkdev(1, 3) {
		return false, false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return true, err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
