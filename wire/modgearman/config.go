package modgearman

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Origin is a line of a configuration file.
type Origin struct {
	File string
	Line int
}

// String returns FILE:LINE.
func (o Origin) String() string { return fmt.Sprintf("%s:%d", o.File, o.Line) }

// Entry is an option in a configuration file.
type Entry struct {
	Origin
	Option   string // canonical name, or "" if unknown
	Spelling string // as written, in lower case
	HasValue bool   // false for a word without =
	// C and Go are the value as the programs of each dialect read it: C stops at a #. For a key they are a fingerprint.
	// For an unknown option, which may be a misspelled key, they are empty.
	C, Go string

	hyphens    bool // has leading hyphens, which only C strips
	broker     bool // is an argument of a module of a core
	module     int  // the module of Config.modules that it belongs to, 0 if to none
	goSpelling string
	secret     func() (c, golang string) // a function, so that printing an Entry cannot reveal it
}

// Config is a configuration, including its includes.
type Config struct {
	Path    string
	Files   []string
	Entries []Entry // in reading order
	// Findings are problems while reading: unreadable includes, lines that are too long. Lint returns them too.
	Findings []Finding
	// GoFindings are what only the Go worker does not read. Lint of a worker returns them too.
	GoFindings []Finding

	// Module is the line that loads the module, if the configuration is one of several of a core. See Modules.
	Module Origin

	modules []Origin                 // the lines that load the module
	locate  func(path string) string // see LoadFrom; nil: identity
}

// IsModule reports whether the configuration is a core's, which loads the module.
func (c *Config) IsModule() bool { return len(c.modules) > 0 }

// Modules returns the configuration of each module that a core loads: two lines are two modules with settings of their own.
// Any other configuration is returned as it is.
func (c *Config) Modules() []*Config {
	if len(c.modules) < 2 {
		return []*Config{c}
	}
	list := make([]*Config, len(c.modules))
	for i, at := range c.modules {
		m := *c
		m.Module, m.modules = at, c.modules[i:i+1]
		m.Entries = slices.DeleteFunc(slices.Clone(c.Entries), func(e Entry) bool { return e.module != 0 && e.module != i+1 })
		if i > 0 {
			m.Findings, m.GoFindings = nil, nil // of the files, not of a module
		}
		list[i] = &m
	}
	return list
}

// located returns where to read a path of the configuration.
func (c *Config) located(path string) string {
	if c.locate == nil {
		return path
	}
	return c.locate(path)
}

// value returns the value in a dialect, even if it is secret.
func (e Entry) value(d Dialect) string {
	c, golang := e.C, e.Go
	if e.secret != nil {
		c, golang = e.secret()
	}
	if d == DialectGo {
		return golang
	}
	return c
}

// known reports whether the programs of a dialect understand the entry.
func (e Entry) known(d Dialect) bool {
	option, ok := LookupOption(e.Spelling)
	if !ok {
		return false
	}
	if d == DialectGo {
		return e.HasValue && option.Knows(d, e.goSpelling)
	}
	return option.Knows(d, e.Spelling)
}

// all returns the entries of an option that a dialect understands.
func (c *Config) all(option string, d Dialect) []Entry {
	var list []Entry
	for _, e := range c.Entries {
		if e.Option == option && e.known(d) {
			list = append(list, e)
		}
	}
	return list
}

// last returns the entry that takes effect for a single-valued option.
func (c *Config) last(option string, d Dialect) (Entry, bool) {
	list := c.all(option, d)
	if len(list) == 0 {
		return Entry{}, false
	}
	return list[len(list)-1], true
}

// Has reports whether any line sets an option, in any spelling.
func (c *Config) Has(option string) bool {
	return slices.ContainsFunc(c.Entries, func(e Entry) bool { return e.Option == option })
}

func (c *Config) text(option string, d Dialect) string {
	if e, ok := c.last(option, d); ok {
		return e.value(d)
	}
	o, _ := LookupOption(option)
	return o.Default(d)
}

func (c *Config) bool(option string, d Dialect) bool {
	e, ok := c.last(option, d)
	if !ok {
		o, _ := LookupOption(option)
		return o.Default(d) == "yes"
	}
	return parseBool(e, d)
}

// parseBool parses like parse_yes_or_no in C, where anything unknown is true, and getBool in Go.
func parseBool(e Entry, d Dialect) bool {
	if d == DialectGo {
		return e.Go == "yes" || e.Go == "on" || e.Go == "1"
	}
	if !e.HasValue {
		return true
	}
	switch strings.ToLower(e.C) {
	case "no", "off", "false", "0":
		return false
	}
	return true
}

// parseIntGo parses like getInt in Go: an integer, else the integer part of a decimal number, else 0.
func parseIntGo(text string) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	const exact = 1 << 53
	if x, err := strconv.ParseFloat(text, 64); err == nil && x > -exact && x < exact {
		return int(x)
	}
	return 0
}

// list joins the entries of a list. Go drops duplicates. Paths are not split at commas.
func (c *Config) list(option string, d Dialect) []string {
	separator := ","
	if o, _ := LookupOption(option); o.Type == TypePaths {
		separator = "\n"
	}
	var list []string
	for _, e := range c.all(option, d) {
		for item := range strings.SplitSeq(e.value(d), separator) {
			item = strings.TrimSpace(item)
			if item == "" || d == DialectGo && slices.Contains(list, item) {
				continue
			}
			list = append(list, item)
		}
	}
	return list
}

// Value is an option's effective value in both dialects.
type Value struct {
	Option  Option
	C, Go   string // for a key, a fingerprint
	Set     bool   // false: both are defaults
	Origins []Origin
}

// Values returns all options with their effective values and the lines that set them, in a fixed order.
func (c *Config) Values() []Value {
	values := make([]Value, 0, len(optionTable()))
	for _, o := range optionTable() {
		v := Value{Option: o, C: c.effective(o, DialectC), Go: c.effective(o, DialectGo)}
		for _, e := range c.Entries {
			if e.Option == o.Name {
				v.Origins = append(v.Origins, e.Origin)
			}
		}
		v.Set = len(v.Origins) > 0
		values = append(values, v)
	}
	return values
}

func (c *Config) effective(o Option, d Dialect) string {
	names, users := o.CNames, usedByC
	if d == DialectGo {
		names, users = o.GoNames, usedByGo
	}
	switch {
	case len(names) == 0:
		return ""
	case o.Type == TypeSecret:
		return fingerprintOf(c.text(o.Name, d))
	case o.Type == TypeServers:
		return strings.Join(c.addresses(o.Name, d), ",")
	case o.Type == TypeBool:
		return map[bool]string{true: "yes", false: "no"}[c.bool(o.Name, d)]
	case (o.Type == TypeInt || o.Type == TypeFloat) && o.Users&users != 0 && len(c.all(o.Name, d)) > 0:
		return numberOf(o, c.text(o.Name, d), d)
	case (o.Type == TypeList || o.Type == TypePaths) && len(c.all(o.Name, d)) > 0:
		return strings.Join(c.list(o.Name, d), ",")
	}
	return c.text(o.Name, d)
}

func fingerprintOf(password string) string {
	key, err := NewKey([]byte(password))
	if err != nil {
		return ""
	}
	return key.String()
}
