package modgearman

import (
	"fmt"
	"slices"
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
	goHasValue bool
	goSkips    bool                      // the Go worker does not read so far
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

// known reports whether the programs of a dialect read the entry. In C a word without = is a switch.
func (e Entry) known(d Dialect) bool {
	option, ok := LookupOption(e.Option)
	switch {
	case !ok:
		return false
	case d == DialectGo:
		return e.goHasValue && !e.goSkips && option.Knows(d, e.goSpelling)
	}
	return (e.HasValue || option.Type == TypeBool) && option.Knows(d, e.Spelling)
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

// parseBool parses like parse_yes_or_no in C, where anything unknown is true, but for one option, and getBool in Go.
func parseBool(e Entry, d Dialect) bool {
	if d == DialectGo {
		return e.Go == "yes" || e.Go == "on" || e.Go == "1"
	}
	switch lowerC(e.C) {
	case "no", "off", "false", "0":
		return false
	case "yes", "on", "true", "1":
		return true
	}
	return e.Option != "perfdata_send_all"
}

// list returns the items of a list that the programs of a dialect use.
func (c *Config) list(option string, d Dialect) []string {
	switch {
	case option == "perfdata":
		return c.perfdata()
	case option == "restrict_path":
		return c.paths(option, d)
	}
	var list []string
	for _, e := range c.all(option, d) {
		for item := range strings.SplitSeq(e.value(d), ",") {
			if d == DialectGo {
				item = strings.Trim(item, " ")
			} else {
				item = trimC(item)
			}
			tooLong := d == DialectC && len(item) > maxGroup && (option == "hostgroups" || option == "servicegroups")
			if item == "" || tooLong || d == DialectGo && slices.Contains(list, item) {
				continue
			}
			list = append(list, item)
		}
	}
	return list
}

// paths returns the values of lines that are not split. The Go worker drops empty ones and those that it has.
func (c *Config) paths(option string, d Dialect) []string {
	var list []string
	for _, e := range c.all(option, d) {
		if item := e.value(d); d == DialectC || item != "" && !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// queuePerfdata is the queue of perfdata=yes.
const queuePerfdata = "perfdata"

// perfdata returns the queues of performance data: with the blanks beside a comma, which C keeps, in lower case, and of all lines.
// The last line decides whether they are used.
func (c *Config) perfdata() []string {
	var queues []string
	on := false
	for _, e := range c.all("perfdata", DialectC) {
		switch value := lowerC(e.C); value {
		case "": // C does not know the option without a value
		case "no", "off", "false", "0":
			on = false
		case "yes", "on", "true", "1":
			on, queues = true, append(queues, queuePerfdata)
		default:
			on, queues = true, append(queues, strings.Split(value, ",")...)
		}
	}
	if !on {
		return nil
	}
	return queues
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
	set := len(c.all(o.Name, d)) > 0
	switch {
	case len(names) == 0:
		return ""
	case o.Type == TypeSecret:
		return fingerprintOf(c.text(o.Name, d))
	case o.Type == TypeServers:
		return strings.Join(c.addressesRead(o.Name, d), ",")
	case o.Name == "daemon":
		return map[bool]string{true: "yes", false: "no"}[c.daemonC()]
	case o.Type == TypeBool:
		return map[bool]string{true: "yes", false: "no"}[c.bool(o.Name, d)]
	case (o.Type == TypeInt || o.Type == TypeFloat) && o.Users&users != 0 && set:
		return numberOf(o, c.text(o.Name, d), d)
	case o.Name == "perfdata":
		return shownPerfdata(c.perfdata())
	case o.Name == "queue_custom_variable":
		return upperC(c.text(o.Name, d))
	case o.Name == "delimiter" && d == DialectC:
		return c.delimiterC()
	case (o.Type == TypeList || o.Type == TypePaths) && set:
		return strings.Join(c.list(o.Name, d), ",")
	}
	return c.text(o.Name, d)
}

// shownPerfdata returns queues of performance data as a line would name them.
func shownPerfdata(queues []string) string {
	switch {
	case queues == nil:
		return "no"
	case len(queues) == 1 && queues[0] == queuePerfdata:
		return "yes"
	}
	return strings.Join(queues, ",")
}

// daemonC reports whether the C worker becomes a daemon, which d= sets as well.
func (c *Config) daemonC() bool {
	for _, e := range slices.Backward(c.Entries) {
		if e.Spelling == "daemon" || e.Spelling == "d" {
			return parseBool(e, DialectC)
		}
	}
	return false
}

// delimiterC returns the delimiter of send_gearman in C, which daemon= sets as well.
func (c *Config) delimiterC() string {
	for _, e := range slices.Backward(c.Entries) {
		if e.HasValue && (e.Option == "delimiter" || e.Option == "daemon") && e.known(DialectC) {
			return e.C
		}
	}
	return c.text("delimiter", DialectC)
}

func fingerprintOf(password string) string {
	key, err := NewKey([]byte(password))
	if err != nil {
		return ""
	}
	return key.String()
}
