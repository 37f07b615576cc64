package doctor

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire/disk"
)

// rootFS is the file system of the host that is examined. Its paths are that host's own.
type rootFS struct{ dir string } // dir is where its / is found; empty: this host

// at returns where a path is found. Below a root symbolic links are followed as the host itself would: an absolute one
// begins at the root, and none leads out of it.
func (t rootFS) at(path string) string {
	if t.dir == "" {
		return path
	}
	return filepath.Join(t.dir, t.resolve(path))
}

// maxLinks is how many symbolic links are followed on the way to a file.
const maxLinks = 40

// resolve returns a path without symbolic links, as far as it exists.
func (t rootFS) resolve(path string) string {
	if t.dir == "" {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			return resolved
		}
		return filepath.Clean(path)
	}
	done, rest := "/", pathElements(path)
	for links := 0; len(rest) > 0; {
		next := filepath.Join(done, rest[0])
		rest = rest[1:]
		target, err := os.Readlink(filepath.Join(t.dir, next))
		if err != nil || links == maxLinks {
			done = next
			continue
		}
		links++
		if filepath.IsAbs(target) {
			done = "/"
		}
		rest = append(pathElements(target), rest...)
	}
	return done
}

func pathElements(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(w string) bool { return w == "" || w == "." })
}

// fromFlag returns a path that a flag gave as one of the host's own.
func (t rootFS) fromFlag(path string) string {
	if t.dir == "" || path == "" {
		return path
	}
	if rest, ok := strings.CutPrefix(filepath.Clean(path), filepath.Clean(t.dir)+"/"); ok {
		path = rest
	}
	return filepath.Join("/", path)
}

func (t rootFS) stat(path string) (fs.FileInfo, error) { return os.Stat(t.at(path)) }

// lstat is stat of a symbolic link itself.
func (t rootFS) lstat(path string) (fs.FileInfo, error) {
	return os.Lstat(filepath.Join(t.at(filepath.Dir(path)), filepath.Base(path)))
}

func (t rootFS) exists(path string) bool {
	_, err := t.stat(path)
	return err == nil
}

func (t rootFS) isFile(path string) bool {
	info, err := t.stat(path)
	return err == nil && info.Mode().IsRegular()
}

// maxFile bounds a file that doctor reads, in bytes.
const maxFile = 64 << 20

func (t rootFS) read(path string) ([]byte, error) { return disk.ReadInput(t.at(path), maxFile) }

// text returns what a file holds, nothing when it cannot be read.
func (t rootFS) text(path string) string {
	b, _ := t.read(path)
	return string(b)
}

// names returns the names in a directory in their order, none when it cannot be read.
func (t rootFS) names(dir string) []string {
	entries, _ := os.ReadDir(t.at(dir))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// cfgFiles returns the *.cfg files of a directory and of the directories in it.
func (t rootFS) cfgFiles(dir string) []string {
	var files []string
	found := t.at(dir)
	filepath.WalkDir(found, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(name, ".cfg") {
			files = append(files, filepath.Join(dir, strings.TrimPrefix(name, found)))
		}
		return nil
	})
	return files
}

// stripRoot removes the root from a text about files.
func (t rootFS) stripRoot(text string) string {
	if t.dir == "" {
		return text
	}
	return strings.ReplaceAll(text, filepath.Clean(t.dir)+"/", "/")
}

// sayError is the cause of an error of the file system.
func sayError(err error) string { return cmderr.RootCause(err) }
