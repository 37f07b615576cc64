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

// tree is the file system of the host that is examined. Its paths are that host's own.
type tree struct{ root string } // root is where its / is found; empty: this host

// at returns where a path is found. Below a root symbolic links are followed as the host itself would: an absolute one
// begins at the root, and none leads out of it.
func (t tree) at(path string) string {
	if t.root == "" {
		return path
	}
	return filepath.Join(t.root, t.resolve(path))
}

// maxLinks is how many symbolic links are followed on the way to a file.
const maxLinks = 40

// resolve returns a path without symbolic links, as far as it exists.
func (t tree) resolve(path string) string {
	if t.root == "" {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			return resolved
		}
		return filepath.Clean(path)
	}
	done, rest := "/", pathWords(path)
	for links := 0; len(rest) > 0; {
		next := filepath.Join(done, rest[0])
		rest = rest[1:]
		target, err := os.Readlink(filepath.Join(t.root, next))
		if err != nil || links == maxLinks {
			done = next
			continue
		}
		links++
		if filepath.IsAbs(target) {
			done = "/"
		}
		rest = append(pathWords(target), rest...)
	}
	return done
}

func pathWords(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(w string) bool { return w == "" || w == "." })
}

// inside returns a path that a flag gave as one of the host's own.
func (t tree) inside(path string) string {
	if t.root == "" || path == "" {
		return path
	}
	if rest, ok := strings.CutPrefix(filepath.Clean(path), filepath.Clean(t.root)+"/"); ok {
		path = rest
	}
	return filepath.Join("/", path)
}

func (t tree) stat(path string) (fs.FileInfo, error) { return os.Stat(t.at(path)) }

// lstat is stat of a symbolic link itself.
func (t tree) lstat(path string) (fs.FileInfo, error) {
	return os.Lstat(filepath.Join(t.at(filepath.Dir(path)), filepath.Base(path)))
}

func (t tree) exists(path string) bool {
	_, err := t.stat(path)
	return err == nil
}

func (t tree) isFile(path string) bool {
	info, err := t.stat(path)
	return err == nil && info.Mode().IsRegular()
}

// maxTreeFile bounds a file that doctor reads, in bytes.
const maxTreeFile = 64 << 20

func (t tree) read(path string) ([]byte, error) { return disk.ReadInput(t.at(path), maxTreeFile) }

// text returns what a file holds, nothing when it cannot be read.
func (t tree) text(path string) string {
	b, _ := t.read(path)
	return string(b)
}

// names returns the names in a directory in their order, none when it cannot be read.
func (t tree) names(dir string) []string {
	entries, _ := os.ReadDir(t.at(dir))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// configsBelow returns the *.cfg files of a directory and of the directories in it.
func (t tree) configsBelow(dir string) []string {
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

// own removes the root from a text about files.
func (t tree) own(text string) string {
	if t.root == "" {
		return text
	}
	return strings.ReplaceAll(text, filepath.Clean(t.root)+"/", "/")
}

// sayError is the cause of an error of the file system.
func sayError(err error) string { return cmderr.RootCause(err) }
