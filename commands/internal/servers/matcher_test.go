package servers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/cmderr"
)

func matcher(t *testing.T, args ...string) *Matcher {
	t.Helper()
	m, err := NewMatcher(args)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAGlobNeverMatchesOwnQueues: none but one that begins as they do, and names.
func TestAGlobNeverMatchesOwnQueues(t *testing.T) {
	t.Parallel()
	const own = "gearctl_canary_1"
	for _, glob := range []string{"*", "**", "?*", "g*", "[g]*", "gearctl*", "gearctl?*", "gearctl[_]*", "gearctl?canary_1", "*_1", "*canary*", "?earctl_canary_1", `\gearctl_*`, "????????????????"} {
		if m := matcher(t, glob); m.Match(own) {
			t.Errorf("%s must not match %s: gearctl's own queues are nobody's backlog", glob, own)
		}
		if m := matcher(t, glob, "a"); m.Match(own) || !m.Match("a") {
			t.Errorf("%s and a must match a and not %s", glob, own)
		}
		m := matcher(t, glob)
		if m.MatchOwn = true; !m.Match(own) {
			t.Errorf("%s must match %s for queue gc, which removes it", glob, own)
		}
		if err := matcher(t, glob).Missing([]string{own}); len(err) != 1 {
			t.Errorf("%s matches none of the queues, which must be told: %v", glob, err)
		}
	}
	for _, arg := range []string{"gearctl_*", "gearctl_?anary_1", "gearctl_[a-d]*", own} {
		if !matcher(t, arg).Match(own) {
			t.Errorf("%s names gearctl's own queues, and must match %s", arg, own)
		}
	}
	for _, name := range []string{"gearctl", "gearctlx", "gearctl-canary", "Gearctl_canary", "xgearctl_", "gearct"} {
		if IsOwn(name) || !matcher(t, "*").Match(name) {
			t.Errorf("%s is a user's queue, and * must match it", name)
		}
	}
	if m := matcher(t); !m.All() || !m.Match("a") || !m.Match(own) {
		t.Error("no argument means every queue")
	}
	if !IsOwn("gearctl_") {
		t.Error("gearctl_ is a name of gearctl's own")
	}
}

// TestAGlobThatMatchesEveryQueueNeedsAll tries all argument lists of up to two of names and globs, on all sets of up to three
// queues, beside queues of gearctl's own, which do not count.
func TestAGlobThatMatchesEveryQueueNeedsAll(t *testing.T) {
	t.Parallel()
	matches := map[string]string{"a": "a", "b": "b", "*": "abc", "?": "abc", "a*": "a", "[ab]": "ab", "[b-c]": "bc", "x*": ""}
	globs := func(arg string) bool { return strings.ContainsAny(arg, "*?[") }
	var lists [][]string
	for first := range matches {
		lists = append(lists, []string{first})
		for second := range matches {
			lists = append(lists, []string{first, second})
		}
	}
	for _, args := range lists {
		for _, present := range []string{"", "a", "b", "ab", "bc", "abc"} {
			for _, own := range [][]string{nil, {"gearctl_x"}} {
				queues := slices.Concat(own, strings.Split(present, ""))
				if present == "" {
					queues = own
				}
				every, byGlob := present != "", false
				for _, q := range strings.Split(present, "") {
					every = every && slices.ContainsFunc(args, func(arg string) bool { return strings.Contains(matches[arg], q) })
					byGlob = byGlob || q != "" && slices.ContainsFunc(args, func(arg string) bool { return globs(arg) && strings.Contains(matches[arg], q) })
				}
				m := matcher(t, args...)
				what := fmt.Sprintf("%v on the queues %v", args, queues)
				var usage *cmderr.UsageError
				switch err := m.CheckAll(queues, false); {
				case every && byGlob && !errors.As(err, &usage):
					t.Errorf("%s matches every queue by a glob: without --all that must be a usage error, got %v", what, err)
				case !(every && byGlob) && err != nil:
					t.Errorf("%s does not match every queue by a glob, and needs no --all: %v", what, err)
				}
				if err := m.CheckAll(queues, true); err != nil {
					t.Errorf("%s with --all: %v", what, err)
				}
			}
		}
	}
}

// TestNamesAreNoGlobs: a queue whose name looks like a glob can be named, and then nothing else is meant.
func TestNamesAreNoGlobs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ arg, queue, other string }{
		{`\*`, "*", "a"}, {`a\?`, "a?", "ab"}, {`\[ab]`, "[ab]", "a"}, {`a\\\*`, `a\*`, `a\b`},
	} {
		m := matcher(t, c.arg)
		if !m.Match(c.queue) || m.Match(c.other) || len(m.Globs) != 0 {
			t.Errorf("%s must mean the queue %s alone, not %s: %+v", c.arg, c.queue, c.other, m)
		}
	}
	if m := matcher(t, "[x]"); !m.Match("[x]") || !m.Match("x") {
		t.Error("a queue whose own name looks like a glob must match itself")
	}
	for _, bad := range []string{"", "[", "a[b", "[]"} {
		if m, err := NewMatcher([]string{"a", bad}); err == nil {
			t.Errorf("%q must be refused, not match %+v", bad, m)
		}
	}
}
