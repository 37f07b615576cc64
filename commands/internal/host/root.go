// Package host reads the files of a host as that host would: below a root directory, with its symbolic links, its systemd
// units and init scripts, and the command lines that these start. It runs and changes nothing.
package host

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gearctl/wire/disk"
)

// Root is the file system of the host that is examined. Its paths are that host's own.
type Root struct{ Dir string } // Dir is where its / is found; empty: this host

// At returns the path here of a path of the host. With --root, symbolic links are resolved as the host itself would: none
// leads out of the root.
func (t Root) At(path string) string {
	if t.Dir == "" {
		return path
	}
	return filepath.Join(t.Dir, t.Resolve(path))
}

// maxLinks bounds the symbolic links on the way to a file.
const maxLinks = 40

// Resolve returns a path without symbolic links, as far as it exists.
func (t Root) Resolve(path string) string {
	if t.Dir == "" {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			return resolved
		}
		return filepath.Clean(path)
	}
	done, rest := "/", pathElements(path)
	for links := 0; len(rest) > 0; {
		next := filepath.Join(done, rest[0])
		rest = rest[1:]
		target, err := os.Readlink(filepath.Join(t.Dir, next))
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

// FromFlag converts a path given by a flag, which may include --root, to a path of the host.
func (t Root) FromFlag(path string) string {
	if t.Dir == "" || path == "" {
		return path
	}
	if rest, ok := strings.CutPrefix(filepath.Clean(path), filepath.Clean(t.Dir)+"/"); ok {
		path = rest
	}
	return filepath.Join("/", path)
}

// Stat is os.Stat.
func (t Root) Stat(path string) (fs.FileInfo, error) { return os.Stat(t.At(path)) }

// Lstat is Stat without following a symbolic link.
func (t Root) Lstat(path string) (fs.FileInfo, error) {
	return os.Lstat(t.Path(path))
}

// Exists reports whether there is anything at a path.
func (t Root) Exists(path string) bool {
	_, err := t.Stat(path)
	return err == nil
}

// IsFile reports whether a path leads to a regular file.
func (t Root) IsFile(path string) bool {
	info, err := t.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// maxFile bounds a file that is read, in bytes.
const maxFile = 64 << 20

// Read returns the content of a file, up to maxFile.
func (t Root) Read(path string) ([]byte, error) { return disk.ReadInput(t.At(path), maxFile) }

// Text returns the content of a file, empty if it cannot be read.
func (t Root) Text(path string) string {
	b, _ := t.Read(path)
	return string(b)
}

// Names returns the sorted names in a directory, none if it cannot be read.
func (t Root) Names(dir string) []string {
	entries, _ := os.ReadDir(t.At(dir))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// CfgFiles returns the *.cfg files below a directory.
func (t Root) CfgFiles(dir string) []string {
	var files []string
	found := t.At(dir)
	filepath.WalkDir(found, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(name, ".cfg") {
			files = append(files, filepath.Join(dir, strings.TrimPrefix(name, found)))
		}
		return nil
	})
	return files
}

// StripRoot removes --root from the paths in a message.
func (t Root) StripRoot(text string) string {
	if t.Dir == "" {
		return text
	}
	return strings.ReplaceAll(text, filepath.Clean(t.Dir)+"/", "/")
}

// Merged returns the files of several directories, sorted by name, as systemd merges them: of files with the same name
// only the one in the first directory counts.
func (t Root) Merged(dirs []string, suffix string) []string {
	byName := map[string]string{}
	for _, dir := range slices.Backward(dirs) {
		for _, name := range t.Names(dir) {
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

// Path is At for a link that is read itself: only the directories on the way are resolved.
func (t Root) Path(path string) string {
	return filepath.Join(t.At(filepath.Dir(path)), filepath.Base(path))
}
