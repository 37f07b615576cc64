package host

import (
	"cmp"
	"path"
	"regexp"
	"sync"
)

// Service is a systemd unit or an init script.
type Service struct {
	Name string
	Path string
	Unit bool
}

// UnitDirs are the directories of systemd units, in the order of precedence.
var UnitDirs = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}

var initDirs = []string{"/etc/init.d", "/etc/rc.d/init.d"}

// FindService returns the unit of a name, else its init script.
func (t Root) FindService(name string) (Service, bool) {
	for _, dir := range UnitDirs {
		file := path.Join(dir, name+".service")
		if info, err := t.Lstat(file); err == nil && !info.IsDir() {
			return Service{name, file, true}, true
		}
	}
	for _, dir := range initDirs {
		if file := path.Join(dir, name); t.IsFile(file) {
			return Service{name, file, false}, true
		}
	}
	return Service{}, false
}

var scriptUser = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\s*(?:[A-Z_]*USER)=["']?([A-Za-z_][A-Za-z0-9_.-]*)`)
})

// User returns the user that a service runs as, empty if unknown.
func (i Service) User(t Root) string {
	if i.Unit {
		return cmp.Or(i.Setting(t, "User"), "root")
	}
	for _, file := range append(i.VariableFiles(), i.Path) {
		if m := scriptUser().FindStringSubmatch(t.Text(file)); m != nil {
			return m[1]
		}
	}
	return ""
}
