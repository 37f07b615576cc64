package commands

import (
	"path"
	"slices"
	"strings"
)

// queueMatcher tells which queues a command line names: exact names and globs.
type queueMatcher struct {
	exact []string
	globs []string
	own   bool // globs match the queues that gearctl makes for itself, too
}

// ownPrefix begins the names of the queues that gearctl makes for itself. One that was left behind is nobody's backlog:
// health and exporter leave it out, no glob matches it that does not begin so itself, and queue gc removes it.
const ownPrefix = "gearctl_"

func isOwn(queue string) bool { return strings.HasPrefix(queue, ownPrefix) }

// newQueueMatcher reads queue names and globs (* ? [ ]). A name that is empty or a glob that cannot be read is a
// usage error.
func newQueueMatcher(args []string) (*queueMatcher, error) {
	m := &queueMatcher{}
	for _, a := range args {
		switch {
		case a == "":
			return nil, usagef("a queue name is empty")
		case !strings.ContainsAny(a, globCharacters):
			m.exact = append(m.exact, a)
		case globOf(unescaped(a)) == a:
			m.exact = append(m.exact, unescaped(a))
		default:
			if _, err := path.Match(a, ""); err != nil {
				return nil, usagef("queue %.100q: not a glob: unclosed [", a)
			}
			m.globs = append(m.globs, a)
		}
	}
	return m, nil
}

// all reports whether nothing was asked for, which means every queue where nothing is changed.
func (m *queueMatcher) all() bool { return len(m.exact)+len(m.globs) == 0 }

// match reports whether a queue is asked for. A queue whose own name looks like a glob matches itself.
func (m *queueMatcher) match(queue string) bool {
	if m.all() || slices.Contains(m.exact, queue) {
		return true
	}
	return slices.ContainsFunc(m.globs, func(g string) bool { return m.matchGlob(g, queue) })
}

// matchGlob reports whether one of the globs asks for a queue.
func (m *queueMatcher) matchGlob(glob, queue string) bool {
	return queue == glob || matchGlob(glob, queue) && (m.own || !isOwn(queue) || isOwn(glob))
}

// checkAll refuses globs by which every queue there is, those that gearctl makes for itself apart, is meant, unless all
// says that this is wanted.
func (m *queueMatcher) checkAll(queues []string, all bool) error {
	left := slices.DeleteFunc(slices.Clone(queues), isOwn)
	i := slices.IndexFunc(m.globs, func(g string) bool {
		return slices.ContainsFunc(left, func(q string) bool { return m.matchGlob(g, q) })
	})
	if all || i < 0 || !slices.ContainsFunc(left, m.match) || slices.ContainsFunc(left, func(q string) bool { return !m.match(q) }) {
		return nil
	}
	return usagef("%s matches every queue (%d)", m.globs[i], len(left)).hint("to select all: %v", again("--all"))
}

// missing returns an error for every name or glob that matched none of queues, with the close names.
func (m *queueMatcher) missing(queues []string) []error {
	var errs []error
	for _, name := range m.exact {
		if !slices.Contains(queues, name) {
			errs = append(errs, unknownQueue(name, queues))
		}
	}
	for _, g := range m.globs {
		if !slices.ContainsFunc(queues, func(q string) bool { return m.matchGlob(g, q) }) {
			errs = append(errs, withHint(errorf("no queue matches %.100q", g), "list the queues: %s", try("status")))
		}
	}
	return errs
}

func unknownQueue(name string, queues []string) error {
	err := errorf("unknown queue %.100q", name)
	if near := closest(name, queues); near != "" {
		return withHint(err, "did you mean %.100q?", near)
	}
	return withHint(err, "list the queues: %s", try("status"))
}

// splitList splits a comma separated list and drops what is empty.
func splitList(s string) []string {
	var items []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
