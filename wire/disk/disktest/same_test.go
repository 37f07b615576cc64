package disktest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// answers collects what a file system answers.
type answers struct {
	d    disk.FS
	dir  string
	list []string
}

// add adds an outcome: the error's kind, else what there is.
func (a *answers) add(what string, err error, got ...any) {
	text := strings.TrimSuffix(fmt.Sprintln(got...), "\n")
	for _, kind := range []error{fs.ErrNotExist, fs.ErrExist, fs.ErrClosed, disk.ErrBusy, disk.ErrNotRegular, io.EOF} {
		if errors.Is(err, kind) {
			text = kind.Error()
		}
	}
	if err != nil && text == "" {
		text = "error"
	}
	a.list = append(a.list, what+": "+text)
}

func (a *answers) open(path string, flags int) disk.File {
	f, err := a.d.Open(filepath.Join(a.dir, path), flags, 0o600)
	a.add("open "+path, err)
	return f
}

func (a *answers) stat(path string) {
	info, err := a.d.Stat(filepath.Join(a.dir, path))
	if err != nil {
		a.add("stat "+path, err)
		return
	}
	size := info.Size()
	if info.IsDir() {
		size = 0
	}
	a.add("stat "+path, nil, info.Name(), size, info.Mode(), info.IsDir())
}

func (a *answers) read(path string) {
	b, err := disk.ReadFile(a.d, filepath.Join(a.dir, path), 100)
	a.add("read "+path, err, string(b))
}

// run uses a file system in every way there is.
func (a *answers) run() {
	at := func(path string) string { return filepath.Join(a.dir, path) }
	f := a.open("f", os.O_RDWR|os.O_CREATE)
	n, err := f.Write([]byte("hello"))
	a.add("write", err, n)
	offset, err := f.Seek(-2, io.SeekEnd)
	a.add("seek", err, offset)
	f.Write([]byte("LOW"))
	b := make([]byte, 10)
	n, err = f.ReadAt(b, 1)
	a.add("read at", err, n, string(b[:n]))
	n, err = f.ReadAt(b, 100)
	a.add("read beyond the end", err, n)
	a.add("truncate", f.Truncate(4))
	n, err = f.Write([]byte("!"))
	a.add("write beyond the end", err, n)
	a.read("f")
	a.add("chmod", f.Chmod(0o640))
	a.add("lock", f.Lock())
	g := a.open("f", os.O_RDONLY|os.O_CREATE)
	a.add("lock a locked file", g.Lock())
	_, err = g.Write([]byte("x"))
	a.add("write to a file opened for reading", err)
	a.add("sync", f.Sync())
	a.add("close", f.Close())
	a.add("close again", f.Close())
	_, err = f.Write([]byte("x"))
	a.add("write to a closed file", err)
	a.add("lock after the other closed", g.Lock())
	a.stat("f")
	a.stat("none")
	a.stat("none/f")
	a.stat("f/f")
	a.open("f", os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	a.open("none", os.O_RDONLY)
	a.open("none/f", os.O_WRONLY|os.O_CREATE)
	a.add("mkdir", a.d.Mkdir(at("d"), 0o700))
	a.add("mkdir again", a.d.Mkdir(at("d"), 0o700))
	a.add("mkdir in none", a.d.Mkdir(at("none/d"), 0o700))
	a.open("d", os.O_RDONLY)
	a.open("d/f", os.O_WRONLY|os.O_CREATE|os.O_EXCL).Close()
	a.stat("d")
	a.add("remove a directory with a file", a.d.Remove(at("d")))
	a.add("sync directory", a.d.SyncDir(at("d")))
	a.add("sync directory none", a.d.SyncDir(at("none")))
	a.add("sync a file as a directory", a.d.SyncDir(at("f")))
	a.add("rename over a file", a.d.Rename(at("f"), at("d/f")))
	a.read("d/f")
	a.read("f")
	a.add("rename none", a.d.Rename(at("f"), at("d/f")))
	a.add("rename over a directory", a.d.Rename(at("d/f"), at("d")))
	a.add("remove", a.d.Remove(at("d/f")))
	a.add("remove again", a.d.Remove(at("d/f")))
	b = make([]byte, 10)
	n, err = g.Read(b)
	a.add("read a removed file", err, n, string(b[:n]))
	g.Close()
	a.add("remove a directory", a.d.Remove(at("d")))
	a.open("b", os.O_WRONLY|os.O_CREATE).Close()
	a.open("a", os.O_WRONLY|os.O_CREATE).Close()
	entries, err := a.d.ReadDir(a.dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name(), fmt.Sprint(e.IsDir()))
	}
	a.add("read directory", err, names)
	_, err = a.d.ReadDir(at("none"))
	a.add("read directory none", err)
	path, err := a.d.Resolve(at("none"))
	a.add("resolve", err, filepath.Base(path))
	a.add("make private", disk.MakePrivate(a.d, at("x/y")))
	a.stat("x/y")
}

// TestASimAnswersAsTheRealFileSystem runs the same operations on both.
func TestASimAnswersAsTheRealFileSystem(t *testing.T) {
	real, sim := answers{d: disk.OS{}, dir: t.TempDir()}, answers{d: disktest.NewSim(), dir: "/"}
	real.run()
	sim.run()
	for i := range real.list {
		if i >= len(sim.list) || sim.list[i] != real.list[i] {
			t.Errorf("the simulated file system answers %q, the real one %q", slices.Concat(sim.list, []string{"nothing"})[i], real.list[i])
		}
	}
}
