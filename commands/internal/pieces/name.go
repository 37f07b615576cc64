package pieces

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// letters are what may follow % in the name of an archive, and the layout of package time, or a function.
var letters = map[byte]func(time.Time) string{
	'Y': layout("2006"), 'm': layout("01"), 'd': layout("02"), 'H': layout("15"), 'M': layout("04"), 'S': layout("05"),
	'y': layout("06"), 'j': layout("002"), 'F': layout("2006-01-02"), 'z': layout("-0700"),
	's': func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) },
	'G': func(t time.Time) string { year, _ := t.ISOWeek(); return fmt.Sprintf("%04d", year) },
	'V': func(t time.Time) string { _, week := t.ISOWeek(); return fmt.Sprintf("%02d", week) },
	'u': func(t time.Time) string { return strconv.Itoa((int(t.Weekday())+6)%7 + 1) },
	'%': func(time.Time) string { return "%" },
}

func layout(l string) func(time.Time) string { return func(t time.Time) string { return t.Format(l) } }

// Letters lists what may follow % in the name of an archive.
func Letters() string {
	var list []string
	for c := range letters {
		list = append(list, "%"+string(c))
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(strings.ToLower(a)+a, strings.ToLower(b)+b) })
	return strings.Join(list, " ")
}

// CheckPattern returns an error unless Expand can expand a name. Directories are not expanded: one that does not exist yet
// would end a drain at midnight.
func CheckPattern(name string) error {
	dir, base := filepath.Split(name)
	if strings.Contains(dir, "%") {
		return cmderr.Errorf("%% in the directory %s: only the name of the file can have the time", dir)
	}
	for i := 0; i < len(base); i++ {
		if base[i] != '%' {
			continue
		}
		if i++; i == len(base) || letters[base[i]] == nil {
			return cmderr.Errorf("unknown %q: %% may be followed by these: %s", base[i-1:min(i+1, len(base))], Letters())
		}
	}
	return nil
}

// LooksLikePattern reports whether a name has a % that Expand would replace.
func LooksLikePattern(name string) bool {
	i := strings.IndexByte(name, '%')
	return i >= 0 && i+1 < len(name) && name[i+1] != '%' && letters[name[i+1]] != nil
}

// Expand replaces the letters after % in a name that CheckPattern accepts.
func Expand(name string, t time.Time) string {
	dir, base := filepath.Split(name)
	var b strings.Builder
	b.WriteString(dir)
	for i := 0; i < len(base); i++ {
		if base[i] == '%' {
			i++
			b.WriteString(letters[base[i]](t))
			continue
		}
		b.WriteByte(base[i])
	}
	return b.String()
}

// Numbered returns the nth name of an archive: jobs.jsonl.gz, jobs-2.jsonl.gz, …
func Numbered(path string, n int) string {
	if n < 2 {
		return path
	}
	return WithSuffix(path, strconv.Itoa(n))
}

// WithSuffix returns the name of an archive with - and a suffix before its extensions.
func WithSuffix(path, suffix string) string {
	dir, base := filepath.Split(path)
	zip := archive.CompressedSuffix(base)
	if base == zip {
		zip = "" // a hidden file too
	}
	base = strings.TrimSuffix(base, zip)
	ext := filepath.Ext(base)
	if ext == base {
		ext = "" // a hidden file
	}
	return dir + strings.TrimSuffix(base, ext) + "-" + suffix + ext + zip
}

// SafeName returns a name that can be part of that of a file.
func SafeName(key string) string {
	var b strings.Builder
	for i := range len(key) {
		c := key[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-_", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// Names creates archives and never opens one that is there: a name that is taken gets the next number.
type Names struct {
	last string // the name before numbering
	n    int    // of the last archive of that name
}

// maxNumber is how many archives of one name there may be.
const maxNumber = 1_000_000

// Create creates an archive. The errors are those of archive.Create, except for fs.ErrExist.
func (s *Names) Create(d disk.FS, path string) (*archive.Writer, string, error) {
	if s.last != path {
		s.last, s.n = path, 0
	}
	for s.n < maxNumber {
		s.n++
		name := Numbered(path, s.n)
		w, err := archive.Create(d, name)
		switch {
		case errors.Is(err, archive.ErrBusy): // somebody else locked it first
		case !errors.Is(err, fs.ErrExist):
			return w, name, err
		default:
			if err := checkTaken(d, name); err != nil {
				return nil, name, err
			}
		}
	}
	return nil, path, cmderr.Errorf("create %s: there are %d archives of that name", path, maxNumber)
}

// checkTaken returns an error if what has the name of an archive is no file, and was hardly meant.
func checkTaken(d disk.FS, name string) error {
	info, err := d.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && !info.Mode().IsRegular():
		return disk.ErrNotRegular
	}
	return err
}
