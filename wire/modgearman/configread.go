package modgearman

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gearctl/wire/disk"
)

// Limits of reading configuration. mod_gearman follows ten levels of includes and truncates lines at 64 KiB.
const (
	maxIncludeDepth = 10
	maxConfigFiles  = 1000
	maxConfigLine   = 65535
	maxConfigFile   = 64 << 20 // bytes
)

// Load reads a mod_gearman_neb.conf, a mod_gearman_worker.conf, a directory of them, or a core's configuration with a
// broker_module line or an Icinga 1 module definition for mod_gearman, and follows includes. The error is that of reading path itself; all other problems
// become findings. A relative include that does not exist in the working directory is searched next to the file that
// includes it.
func Load(path string) (*Config, error) { return LoadFrom(path, nil) }

// LoadFrom is Load for the files of another machine: locate maps a path of that machine to a local one. It is called for
// path, includes and key files, also later by the Config's methods and Lint. Results contain paths of that machine; only
// errors contain local ones. A nil locate means this machine.
func LoadFrom(path string, locate func(path string) string) (*Config, error) {
	if locate == nil {
		locate = func(path string) string { return path }
	}
	r := configReader{c: &Config{Path: path, locate: locate}}
	if err := r.path(path); err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, withoutPath(err))
	}
	return r.c, nil
}

// configReader is the state of reading a configuration.
type configReader struct {
	c     *Config
	open  []string // files and directories that include one another, outermost first, without links
	dirs  int
	where Origin

	goSkips bool // the Go worker does not read so far

	module int               // the module of the core whose arguments are read, 0 outside of them
	define *moduleDefinition // that is open
}

// path reads a file, or the files of a directory tree. The C programs read a directory in the order of the file system, the
// Go worker and this in lexical order.
func (r *configReader) path(path string) error {
	found := r.c.located(path)
	info, err := os.Stat(found)
	if err != nil {
		return describeLink(found, err)
	}
	resolved, err := filepath.EvalSymlinks(found)
	if err != nil { // a pipe of the shell, as /dev/fd/63
		resolved = found
	}
	if r.refused(path, resolved) {
		return nil
	}
	outer := r.where
	r.open = append(r.open, resolved)
	defer func() {
		r.open = r.open[:len(r.open)-1]
		r.where = outer
	}()
	if !info.IsDir() {
		return r.file(path)
	}
	r.dirs++
	if r.where.File == "" {
		r.where = Origin{File: path}
	}
	return r.directory(path, found)
}

// directory reads what the C programs read of a directory: *.cfg, *.conf and directories; links if they are named so.
func (r *configReader) directory(path, found string) error {
	if info, err := os.Lstat(found); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		r.c.GoFindings = append(r.c.GoFindings, Finding{
			Failure, r.where.File, r.where.Line, "config", path + " is a link to a directory",
			"the Go worker reads nothing in it and does not report it; the C programs follow the link", "name the directory itself",
		})
		outer := r.goSkips
		r.goSkips = true
		defer func() { r.goSkips = outer }()
	}
	entries, err := os.ReadDir(found)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := filepath.Join(path, entry.Name())
		if !entry.IsDir() && !strings.HasSuffix(name, ".cfg") && !strings.HasSuffix(name, ".conf") {
			continue
		}
		if err := r.path(name); err != nil {
			r.unreadable(name, err)
		}
	}
	return nil
}

func (r *configReader) unreadable(path string, err error) {
	r.finding(Failure, "config", fmt.Sprintf("cannot read %s: %v", path, withoutPath(err)),
		"its options are missing, and the programs refuse to start", "set the path of a readable file")
}

// describeLink names the target of a link that leads nowhere.
func describeLink(path string, err error) error {
	if target, linkErr := os.Readlink(path); linkErr == nil && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("it is a link to %s: %w", target, withoutPath(err))
	}
	return err
}

func (r *configReader) file(path string) error {
	text, err := disk.ReadInput(r.c.located(path), maxConfigFile)
	if err != nil {
		return err
	}
	r.c.Files = append(r.c.Files, path)
	return r.lines(path, bytes.NewReader(text))
}

// refused reports whether an include is not read: it includes itself, or there are too many. It adds the finding.
func (r *configReader) refused(path, resolved string) bool {
	const deep = "the C programs refuse to start: deep recursion in config files!"
	switch {
	case slices.Contains(r.open, resolved):
		r.finding(Failure, "config", path+" includes itself",
			deep+" The Go worker opens it until it has no file descriptors", "remove the line or the link")
	case len(r.open) >= maxIncludeDepth:
		r.finding(Failure, "config", fmt.Sprintf("%s is included more than %d levels deep", path, maxIncludeDepth), deep, "include it further up")
	case len(r.c.Files) >= maxConfigFiles || r.dirs >= maxConfigFiles:
		r.finding(Failure, "config", fmt.Sprintf("%s would be the file number %d", path, maxConfigFiles+1),
			"the options of the file are missing here", "remove the line")
	default:
		return false
	}
	return true
}

func (r *configReader) lines(path string, from io.Reader) error {
	s := bufio.NewScanner(from)
	s.Buffer(nil, 1<<20)
	first := len(r.c.Entries)
	broker, goSkips := false, r.goSkips
	defer func() { r.goSkips = goSkips }()
	r.where = Origin{path, 0}
	for s.Scan() {
		r.where.Line++
		chunks := chunksC(s.Text())
		if len(chunks) > 1 {
			r.goSkips = true
			r.finding(Failure, "", "the line is longer than 65535 bytes",
				"C reads the rest as a line of its own, and the Go programs silently ignore the rest of the file", "split the line")
		}
		for _, text := range chunks {
			broker = r.line(text) || broker
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		r.where.Line++
		r.finding(Failure, "", "the line is longer than a megabyte", "the rest of the file was not read",
			"split the line")
		return nil
	}
	if broker {
		r.dropCoreOptions(first, path)
	}
	return s.Err()
}

// line reads a line. It reports whether the line loads the module, so that the file is a core's configuration.
func (r *configReader) line(raw string) (broker bool) {
	text := strings.TrimSpace(raw)
	if text == "" || text[0] == '#' {
		return false
	}
	if r.define != nil {
		return r.definition(text)
	}
	if defineModule().MatchString(text) {
		r.define = new(moduleDefinition)
		return false
	}
	if key, value, _ := strings.Cut(text, "="); strings.TrimSpace(key) == brokerModule {
		words := strings.Fields(value)
		if len(words) == 0 || !strings.Contains(words[0], "gearman") {
			return false
		}
		r.arguments(words[1:])
		return true
	}
	r.add(parseEntry(raw, r.where))
	return false
}

const brokerModule = "broker_module"

// defineModule begins the definition of a module in Icinga 1.
var defineModule = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^define\s+module\s*\{$`) })

// moduleDefinition is what a define module { … } says.
type moduleDefinition struct {
	path string
	args []string
	at   Origin // of args
}

// definition reads a line of a definition. It reports whether this ends one of mod_gearman.
func (r *configReader) definition(text string) (broker bool) {
	if text[0] != '}' {
		text, _, _ = strings.Cut(text, ";")
		switch words := strings.Fields(text); {
		case len(words) < 2:
		case words[0] == "path":
			r.define.path = words[1]
		case words[0] == "args":
			r.define.args, r.define.at = words[1:], r.where
		}
		return false
	}
	d, end := r.define, r.where
	r.define = nil
	if !strings.Contains(d.path, "gearman") {
		return false
	}
	if d.at != (Origin{}) {
		r.where = d.at
	}
	r.arguments(d.args)
	r.where = end
	return true
}

// arguments reads those of a module of a core.
func (r *configReader) arguments(words []string) {
	r.c.modules = append(r.c.modules, r.where)
	r.module = len(r.c.modules)
	for _, word := range words {
		e := parseEntry(word, r.where)
		e.broker = true
		r.add(e)
	}
	r.module = 0
}

// dropCoreOptions removes the core's own options.
func (r *configReader) dropCoreOptions(first int, path string) {
	kept := r.c.Entries[:first]
	for _, e := range r.c.Entries[first:] {
		if e.broker || e.File != path {
			kept = append(kept, e)
		}
	}
	r.c.Entries = kept
}

func (r *configReader) add(e Entry) {
	e.module, e.goSkips = r.module, r.goSkips
	r.c.Entries = append(r.c.Entries, e)
	if e.Option != "config" || !e.HasValue {
		return
	}
	if e.C == "" {
		r.finding(Failure, "config", "names no file", "the programs refuse to start", "set config=FILE, or remove the line")
		return
	}
	outer := r.goSkips
	r.goSkips = outer || !e.known(DialectGo) // which knows no include=
	r.include(e.C)
	r.goSkips = outer
}

func (r *configReader) include(path string) {
	at := r.where
	found := path
	if !exists(r.c.located(path)) && !filepath.IsAbs(path) {
		if beside := filepath.Join(filepath.Dir(at.File), path); exists(r.c.located(beside)) {
			found = beside
		}
	}
	if err := r.path(found); err != nil {
		r.where = at
		r.unreadable(path, err)
	}
	r.where = at
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (r *configReader) finding(s Severity, option, message, consequence, fix string) {
	r.c.Findings = append(r.c.Findings, Finding{s, r.where.File, r.where.Line, option, message, consequence, fix})
}

// parseEntry parses key=value as both dialects do.
func parseEntry(line string, where Origin) Entry {
	goKey, goValue, goHasValue := strings.Cut(strings.TrimSpace(line), "=")
	key, value, hasValue := strings.Cut(textC(line), "=")
	key = trimC(lowerC(key))
	e := Entry{
		Origin: where, HasValue: hasValue, C: trimC(value), Go: strings.Trim(goValue, " "), goHasValue: goHasValue,
		Spelling: strings.TrimLeft(key, "-"), goSpelling: strings.ToLower(strings.Trim(goKey, " ")),
	}
	e.hyphens = len(e.Spelling) < len(key)
	option, ok := LookupOption(e.Spelling)
	if !ok {
		option, ok = LookupOption(e.goSpelling) // only for the Go worker
	}
	if !ok {
		e.C, e.Go = "", "" // may be a key under a misspelled name
		if i := strings.IndexAny(e.Spelling, " \t:"); i >= 0 {
			e.Spelling = e.Spelling[:i] + "…" // the rest may be a key
			e.goSpelling = e.Spelling
		}
		return e
	}
	e.Option = option.Name
	if option.Type == TypeSecret {
		c, golang := e.C, e.Go
		e.secret = func() (string, string) { return c, golang }
		e.C, e.Go = fingerprintOf(e.C), fingerprintOf(e.Go)
	}
	return e
}
