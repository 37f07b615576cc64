package doctor

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gearctl/wire/disk"
)

// rootFS is the file system of the host that is examined. Its paths are that host's own.
type rootFS struct{ dir string } // dir is where its / is found; empty: this host

// at returns the path here of a path of the host. With --root, symbolic links are resolved as the host itself would: none
// leads out of the root.
func (t rootFS) at(path string) string {
	if t.dir == "" {
		return path
	}
	return filepath.Join(t.dir, t.resolve(path))
}

// maxLinks bounds the symbolic links on the way to a file.
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

// fromFlag converts a path given by a flag, which may include --root, to a path of the host.
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

// lstat is stat without following a symbolic link.
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

// text returns the content of a file, empty if it cannot be read.
func (t rootFS) text(path string) string {
	b, _ := t.read(path)
	return string(b)
}

// names returns the sorted names in a directory, none if it cannot be read.
func (t rootFS) names(dir string) []string {
	entries, _ := os.ReadDir(t.at(dir))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// cfgFiles returns the *.cfg files below a directory.
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

// stripRoot removes --root from the paths in a message.
func (t rootFS) stripRoot(text string) string {
	if t.dir == "" {
		return text
	}
	return strings.ReplaceAll(text, filepath.Clean(t.dir)+"/", "/")
}

// merged returns the files of several directories, sorted by name, as systemd merges them: of files with the same name
// only the one in the first directory counts.
func (t rootFS) merged(dirs []string, suffix string) []string {
	byName := map[string]string{}
	for _, dir := range slices.Backward(dirs) {
		for _, name := range t.names(dir) {
			if strings.HasSuffix(name, suffix) {
				byName[name] = filepath.Join(dir, name)
			}
		}
	}
	files := make([]string, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		files = append(files, byName[name])
	}
	return files
}
