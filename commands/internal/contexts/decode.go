package contexts

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/timespec"
	"gearctl/wire"
)

// Limits of a file.
const (
	maxFile     = 1 << 20 // bytes
	maxContexts = 10_000
	maxLabels   = 32 // of a context
	maxText     = 200
)

// Problem is an error in a file.
type Problem struct {
	File string
	Line int // 0: of the whole file
	Text string
}

func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// decoder reads a file and collects its problems.
type decoder struct {
	file     string
	home     string // what ~ means; empty: unknown
	problems []*Problem
}

func (d *decoder) fail(n *yaml.Node, format string, args ...any) {
	d.problems = append(d.problems, &Problem{File: d.file, Line: n.Line, Text: fmt.Sprintf(format, args...)})
}

// field is a key of a mapping and what reads its value.
type field struct {
	name string
	read func(*yaml.Node)
}

// mapping calls the fields that n has. Other keys are errors.
func (d *decoder) mapping(n *yaml.Node, what string, fields ...field) {
	var known []string
	for _, f := range fields {
		known = append(known, f.name)
	}
	d.pairs(n, what, func(key, value *yaml.Node) {
		i := slices.Index(known, key.Value)
		switch {
		case i >= 0:
			fields[i].read(value)
		case slices.Contains([]string{"key", "password", "secret"}, key.Value):
			d.fail(key, "%s: no secret may be in this file: write the key to a file of its own, and name that with key_file", key.Value)
		default:
			d.fail(key, "%s has no key %.60q%s", what, key.Value, suggestion(key.Value, known))
		}
	})
}

func suggestion(word string, known []string) string {
	if near := cmderr.Closest(word, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ": it may have " + strings.Join(known, ", ")
}

// pairs calls f for every key of a mapping and its value. No key may be there twice.
func (d *decoder) pairs(n *yaml.Node, what string, f func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s must be a mapping of keys to values", what)
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch line, twice := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			d.fail(key, "%s: a key must be plain text", what)
		case twice:
			d.fail(key, "%.60q is defined twice, first in line %d", key.Value, line)
		default:
			seen[key.Value] = key.Line
			f(key, value)
		}
	}
}

// context reads the entry of a context.
func (d *decoder) context(key, value *yaml.Node) *Context {
	c := &Context{Name: key.Value, File: d.file, Line: key.Line}
	if err := CheckName(c.Name); err != nil {
		d.fail(key, "%v", err)
	}
	var group *yaml.Node
	own := map[string]*yaml.Node{} // what a group cannot have
	only := func(name string, read func(*yaml.Node)) field {
		return field{name, func(n *yaml.Node) {
			own[name] = n
			read(n)
		}}
	}
	d.mapping(
		value, "context "+c.Name,
		field{"group", func(n *yaml.Node) { group, c.Group = n, d.texts(n, "group") }},
		only("servers", func(n *yaml.Node) { c.Servers = d.servers(n) }),
		field{"labels", func(n *yaml.Node) { c.Labels = d.labels(n) }},
		only("key_file", func(n *yaml.Node) { c.KeyFile = d.path(n, "key_file") }),
		only("key_rule", func(n *yaml.Node) { c.KeyRule = d.choice(n, "key_rule", "c", "go") }),
		only("config", func(n *yaml.Node) { c.Config = d.path(n, "config") }),
		only("tls", func(n *yaml.Node) { c.TLS = d.tls(n) }),
		field{"timeout", func(n *yaml.Node) { c.Timeout = d.duration(n, "timeout") }},
		field{"output", func(n *yaml.Node) { c.Output = d.output(n) }},
		field{"read_only", func(n *yaml.Node) { c.ReadOnly = d.boolean(n, "read_only") }},
	)
	switch {
	case group == nil && c.Servers == nil && c.Config == "" && len(d.problems) == 0:
		d.fail(key, "context %s names no server: it needs servers, config or group", c.Name)
	case group != nil && len(c.Group) == 0:
		d.fail(group, "group names no context")
	case group != nil:
		for name, n := range own {
			d.fail(n, "context %s is a group: %s belongs to its members", c.Name, name)
		}
	case c.KeyRule != "" && c.KeyFile == "":
		d.fail(own["key_rule"], "key_rule needs key_file")
	}
	return c
}

var contextName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`) })

// CheckName returns what is wrong with the name of a context.
func CheckName(name string) error {
	if !contextName().MatchString(name) {
		return fmt.Errorf("context name %.80q: must be up to 63 letters, digits, dots, dashes and underscores, and begin with a letter or digit", name)
	}
	return nil
}

// text reads a string that is not empty and has no control characters.
func (d *decoder) text(n *yaml.Node, what string) string {
	switch s := n.Value; {
	case n.Kind != yaml.ScalarNode || n.Tag == "!!null" || s == "":
		d.fail(n, "%s is empty, or no text", what)
	case len(s) > 4096 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		d.fail(n, "%s is too long, or has control characters", what)
	default:
		return s
	}
	return ""
}

// texts reads a list of strings, or one.
func (d *decoder) texts(n *yaml.Node, what string) []string {
	if n.Kind != yaml.SequenceNode {
		return []string{d.text(n, what)}
	}
	list := []string{}
	for _, item := range n.Content {
		list = append(list, d.text(item, what))
	}
	return list
}

func (d *decoder) servers(n *yaml.Node) []string {
	list, err := wire.ParseServers(d.texts(n, "servers")...)
	switch {
	case err != nil:
		d.fail(n, "%v", err)
	case len(list) == 0:
		d.fail(n, "servers names no server")
	}
	return list
}

var labelName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) })

// labels reads names as Prometheus has them. Those of columns and of Prometheus itself are taken.
func (d *decoder) labels(n *yaml.Node) map[string]string {
	labels := map[string]string{}
	d.pairs(n, "labels", func(key, value *yaml.Node) {
		name := key.Value
		switch text := d.text(value, "label "+name); {
		case len(name) > maxText || !labelName().MatchString(name):
			d.fail(key, "label %.60q: must be letters, digits and underscores, and begin with no digit", name)
		case strings.HasPrefix(name, "__") || slices.Contains([]string{"server", "queue", "context"}, name):
			d.fail(key, "label %s: the name is taken", name)
		case len(text) > maxText:
			d.fail(value, "label %s: longer than %d bytes", name, maxText)
		case len(labels) == maxLabels:
			d.fail(key, "more than %d labels", maxLabels)
		default:
			labels[name] = text
		}
	})
	return labels
}

// path reads the absolute path of a file. ~/ is the user's home directory.
func (d *decoder) path(n *yaml.Node, what string) string {
	path := d.text(n, what)
	if rest, ok := strings.CutPrefix(path, "~/"); ok && d.home != "" {
		path = filepath.Join(d.home, rest)
	}
	if path != "" && !filepath.IsAbs(path) {
		d.fail(n, "%s %.200q: must be an absolute path, or begin with ~/", what, path)
	}
	return path
}

func (d *decoder) choice(n *yaml.Node, what string, choices ...string) string {
	text := d.text(n, what)
	if text != "" && !slices.Contains(choices, text) {
		d.fail(n, "%s %.60q: must be %s", what, text, strings.Join(choices, " or "))
	}
	return text
}

func (d *decoder) boolean(n *yaml.Node, what string) bool {
	if n.Tag != "!!bool" {
		d.fail(n, "%s must be true or false", what)
	}
	return strings.EqualFold(n.Value, "true")
}

// tls reads true, or the TLS flags without --tls- and with underscores.
func (d *decoder) tls(n *yaml.Node) *wire.TLSFiles {
	if n.Kind == yaml.ScalarNode {
		if !d.boolean(n, "tls") {
			return nil
		}
		return &wire.TLSFiles{}
	}
	f := &wire.TLSFiles{}
	d.mapping(
		n, "tls",
		field{"ca", func(n *yaml.Node) { f.CA = d.path(n, "ca") }},
		field{"cert", func(n *yaml.Node) { f.Cert = d.path(n, "cert") }},
		field{"key", func(n *yaml.Node) { f.Key = d.path(n, "key") }},
		field{"server_name", func(n *yaml.Node) { f.ServerName = d.text(n, "server_name") }},
		field{"insecure", func(n *yaml.Node) { f.Insecure = d.boolean(n, "insecure") }},
	)
	if (f.Cert == "") != (f.Key == "") {
		d.fail(n, "tls: cert and key must be given together")
	}
	return f
}

// duration reads a duration over 0, in seconds if it has no unit.
func (d *decoder) duration(n *yaml.Node, what string) time.Duration {
	text := d.text(n, what)
	if text == "" {
		return 0
	}
	v, err := timespec.Duration(text)
	if err != nil || v <= 0 {
		d.fail(n, "%s %.60q: must be over 0, such as 10 (seconds), 500ms or 5m", what, text)
	}
	return v
}

// output reads a format, or defaults of several flags.
func (d *decoder) output(n *yaml.Node) (o Output) {
	if n.Kind == yaml.ScalarNode {
		o.Format = d.text(n, "output")
		return o
	}
	d.mapping(
		n, "output",
		field{"format", func(n *yaml.Node) { o.Format = d.text(n, "format") }},
		field{"color", func(n *yaml.Node) { o.Color = d.choice(n, "color", "auto", "always", "never") }},
		field{"pager", func(n *yaml.Node) { o.Pager = d.boolean(n, "pager") }},
	)
	return o
}
