package servers

import (
	"path"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/glob"
)

// Matcher selects the queues that a command line names: exact names and globs.
type Matcher struct {
	Exact    []string
	Globs    []string
	MatchOwn bool // globs also match gearctl's own queues
}

// ownPrefix begins the names of gearctl's own queues. One that was left behind is nobody's backlog: health and exporter leave
// it out, only globs with the same prefix match it, and queue gc removes it.
const ownPrefix = "gearctl_"

// IsOwn reports whether a queue is one of gearctl's own.
func IsOwn(queue string) bool { return strings.HasPrefix(queue, ownPrefix) }

// NewMatcher parses queue names and globs (* ? [ ]). An empty name or an invalid glob is a usage error.
func NewMatcher(args []string) (*Matcher, error) {
	m := &Matcher{}
	for _, a := range args {
		switch {
		case a == "":
			return nil, cmderr.Usagef("a queue name is empty")
		case !strings.ContainsAny(a, glob.Metacharacters):
			m.Exact = append(m.Exact, a)
		case glob.Escape(glob.Unescape(a)) == a:
			m.Exact = append(m.Exact, glob.Unescape(a))
		default:
			if _, err := path.Match(a, ""); err != nil {
				return nil, cmderr.Usagef("queue %.100q: not a glob: unclosed [", a)
			}
			m.Globs = append(m.Globs, a)
		}
	}
	return m, nil
}

// All reports whether there are no names and globs, which matches every queue.
func (m *Matcher) All() bool { return len(m.Exact)+len(m.Globs) == 0 }

// Match reports whether a queue is selected. A queue whose own name looks like a glob matches itself.
func (m *Matcher) Match(queue string) bool {
	if m.All() || slices.Contains(m.Exact, queue) {
		return true
	}
	return slices.ContainsFunc(m.Globs, func(g string) bool { return m.matchGlob(g, queue) })
}

// matchGlob reports whether a glob selects a queue.
func (m *Matcher) matchGlob(pattern, queue string) bool {
	return queue == pattern || glob.Match(pattern, queue) && (m.MatchOwn || !IsOwn(queue) || IsOwn(pattern))
}

// CheckAll refuses globs that match every one of queues, apart from gearctl's own, unless all allows it.
func (m *Matcher) CheckAll(queues []string, all bool) error {
	left := slices.DeleteFunc(slices.Clone(queues), IsOwn)
	i := slices.IndexFunc(m.Globs, func(g string) bool {
		return slices.ContainsFunc(left, func(q string) bool { return m.matchGlob(g, q) })
	})
	if all || i < 0 || slices.ContainsFunc(left, func(q string) bool { return !m.Match(q) }) {
		return nil
	}
	return cmderr.Usagef("%s matches every queue (%d)", m.Globs[i], len(left)).Hint("to select all: %v", cmderr.Again("--all"))
}

// Missing returns an error for every name or glob that matched none of queues, with the close names.
func (m *Matcher) Missing(queues []string) []error {
	var errs []error
	for _, name := range m.Exact {
		if !slices.Contains(queues, name) {
			errs = append(errs, UnknownQueue(name, queues))
		}
	}
	for _, g := range m.Globs {
		if !slices.ContainsFunc(queues, func(q string) bool { return m.matchGlob(g, q) }) {
			errs = append(errs, cmderr.WithHint(cmderr.Errorf("no queue matches %.100q", g), "list the queues: %s", cmderr.Try("status")))
		}
	}
	return errs
}

// UnknownQueue is the error that no server has a queue, with a similar name from queues if there is one.
func UnknownQueue(name string, queues []string) error {
	err := cmderr.Errorf("unknown queue %.100q", name)
	if near := cmderr.Closest(name, queues); near != "" {
		return cmderr.WithHint(err, "did you mean %.100q?", near)
	}
	return cmderr.WithHint(err, "list the queues: %s", cmderr.Try("status"))
}

// SplitList splits a comma separated list and drops what is empty.
func SplitList(s string) []string {
	var items []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
