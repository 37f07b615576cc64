package doctor

import (
	"path/filepath"
	"slices"
	"strings"

	"gearctl/wire/modgearman"

	"gearctl/commands/internal/host"
)

// coreConfig is the main configuration of a core.
type coreConfig struct {
	name    string // icinga, nagios or naemon
	path    string
	files   []string // it and what it includes; objects only for Icinga
	dirs    []string // of cfg_dir and include_dir
	vars    map[string]coreSetting
	modules []moduleLine
	missing []coreSetting // includes that cannot be read
	site    *host.OMDSite // nil: none
}

// coreSetting is a setting of the core's configuration; the last one counts.
type coreSetting struct {
	at    modgearman.Origin
	value string
}

// moduleLine is a line or definition that loads Mod-Gearman.
type moduleLine struct {
	at     modgearman.Origin
	path   string
	args   []string
	define bool // a define module{…} of Icinga 1

	pathLine, argsLine int // of path and args
}

// config returns the file of the argument config=, empty without one.
func (m moduleLine) config() string {
	for _, arg := range m.args {
		if name, value, _ := strings.Cut(arg, "="); name == "config" || name == "configfile" || name == "include" {
			return value
		}
	}
	return ""
}

// loads reports whether the core loads the module with the configuration in a file.
func (c *coreConfig) loads(file string) bool {
	return slices.ContainsFunc(c.modules, func(m moduleLine) bool { return m.at.File == file || m.config() == file })
}

// coreReader reads a core's configuration.
type coreReader struct {
	t host.Root
	c *coreConfig
}

// readCore reads the main configuration at path; extra is a directory that the core reads implicitly.
func readCore(t host.Root, path, extra string) (*coreConfig, error) {
	r := coreReader{t, &coreConfig{name: coreName(path), path: path, vars: map[string]coreSetting{}}}
	data, err := t.Read(path)
	if err != nil {
		return nil, err
	}
	r.readSettings(path, string(data))
	if extra != "" {
		for _, file := range t.CfgFiles(extra) {
			r.include(modgearman.Origin{File: extra}, file)
		}
	}
	return r.c, nil
}

// coreName guesses the program from the name of its configuration.
func coreName(path string) string {
	for _, name := range []string{"icinga", "naemon"} {
		if strings.Contains(filepath.Base(path), name) {
			return name
		}
	}
	return "nagios"
}

// readSettings reads lines of NAME=VALUE.
func (r *coreReader) readSettings(path, text string) {
	r.c.files = append(r.c.files, path)
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		r.setting(modgearman.Origin{File: path, Line: number}, strings.TrimSpace(name), strings.TrimSpace(value))
	}
}

func (r *coreReader) setting(at modgearman.Origin, name, value string) {
	switch name {
	case "broker_module":
		if words := strings.Fields(value); len(words) > 0 && isModGearman(words[0]) {
			r.c.modules = append(r.c.modules, moduleLine{at: at, path: words[0], args: words[1:], pathLine: at.Line, argsLine: at.Line})
		}
	case "include_file":
		r.include(at, r.absolute(value))
	case "include_dir":
		r.readDir(at, value, r.include)
	case "cfg_file":
		r.readObjects(at, r.absolute(value))
	case "cfg_dir":
		r.readDir(at, value, r.readObjects)
	default:
		r.c.vars[name] = coreSetting{at, value}
	}
}

func isModGearman(object string) bool {
	return strings.Contains(strings.ToLower(filepath.Base(object)), "gearman")
}

// absolute resolves a path relative to the main configuration.
func (r *coreReader) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(r.c.path), path)
}

func (r *coreReader) readDir(at modgearman.Origin, value string, read func(modgearman.Origin, string)) {
	dir := r.absolute(value)
	if info, err := r.t.Stat(dir); err != nil || !info.IsDir() {
		r.c.missing = append(r.c.missing, coreSetting{at, dir})
		return
	}
	r.c.dirs = append(r.c.dirs, dir)
	for _, file := range r.t.CfgFiles(dir) {
		read(at, file)
	}
}

// include reads another file of NAME=VALUE, each once.
func (r *coreReader) include(at modgearman.Origin, path string) {
	if slices.Contains(r.c.files, path) {
		return
	}
	data, err := r.t.Read(path)
	if err != nil {
		r.c.missing = append(r.c.missing, coreSetting{at, path})
		return
	}
	r.readSettings(path, string(data))
}

// readObjects reads define module{…} from a file of objects, which only Icinga 1 has.
func (r *coreReader) readObjects(at modgearman.Origin, path string) {
	if r.c.name != "icinga" || slices.Contains(r.c.files, path) {
		return
	}
	data, err := r.t.Read(path)
	if err != nil {
		r.c.missing = append(r.c.missing, coreSetting{at, path})
		return
	}
	r.c.files = append(r.c.files, path)
	r.c.modules = append(r.c.modules, definedModules(path, string(data))...)
}
