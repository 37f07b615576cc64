package jobs

import (
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/glob"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

var (
	// MatchFields are the fields of --match.
	MatchFields = []string{"host", "service", "type", "command", "result_queue", "output", "queue", "unique", "payload"}
	// plainFields are those that need no decoding.
	plainFields = []string{"queue", "unique", "payload"}
)

// Verdict is whether a filter selects a job.
type Verdict int

const (
	Match Verdict = iota
	noMatch
	Undecodable // with the given keys
	TooYoung    // by the time of the filter
)

// Filter selects jobs by --match and --older-than. It is safe for concurrent use.
type Filter struct {
	globs     map[string][]string // by field
	before    time.Time           // zero: any age
	Keys      []modgearman.Key
	decodes   bool         // a condition needs the decoded job
	undecoded atomic.Int64 // jobs that do not match because they could not be decoded
}

// NewFilter parses FIELD=GLOB conditions. Unless zero, before is the latest time at which a job was due.
func NewFilter(conditions []string, before time.Time) (*Filter, error) {
	f := &Filter{globs: map[string][]string{}, before: before, decodes: !before.IsZero()}
	for _, m := range conditions {
		field, pattern, ok := strings.Cut(m, "=")
		if !ok || !slices.Contains(MatchFields, field) {
			return nil, cmderr.Usagef("--match %.100q: expected FIELD=GLOB, where FIELD is one of %s", m, strings.Join(MatchFields, ", "))
		}
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, cmderr.Usagef("--match %.100q: not a glob: unclosed [", m)
		}
		f.globs[field] = append(f.globs[field], pattern)
		f.decodes = f.decodes || !slices.Contains(plainFields, field)
	}
	return f, nil
}

// Matches reports whether a job is selected. One that cannot be decoded is not, if a condition needs that.
func (f *Filter) Matches(queue, unique string, data []byte) bool {
	return f.Judge(queue, unique, data) == Match
}

// MatchesQueue reports whether jobs of a queue may be selected.
func (f *Filter) MatchesQueue(queue string) bool { return f.fits("queue", queue) }

// Judge reports whether a job is selected, and why not.
func (f *Filter) Judge(queue, unique string, data []byte) Verdict {
	if !f.fits("queue", queue) || !f.fits("unique", unique) || len(f.globs["payload"]) > 0 && !f.fits("payload", string(data)) {
		return noMatch
	}
	if !f.decodes {
		return Match
	}
	facts := ReadFacts(data, f.Keys)
	switch {
	case facts.Err != nil:
		f.undecoded.Add(1)
		return Undecodable
	case !f.fitsFacts(&facts):
		return noMatch
	case !f.before.IsZero() && (facts.Time.IsZero() || facts.Time.After(f.before)):
		return TooYoung
	}
	return Match
}

func (f *Filter) fitsFacts(facts *Facts) bool {
	return f.fits("host", facts.Host) && f.fits("service", facts.Service) && f.fits("type", facts.Kind.String()) &&
		f.fits("command", facts.Command) && f.fits("result_queue", facts.ResultQueue) && f.fits("output", facts.Output)
}

// fits reports whether value matches one of the globs of field, if it has any.
func (f *Filter) fits(field, value string) bool {
	globs := f.globs[field]
	return len(globs) == 0 || slices.ContainsFunc(globs, func(g string) bool { return g == value || glob.Match(g, value) })
}

// Undecoded is the error that jobs were left out because they could not be decoded, nil if there are none or f is nil. Its
// exit code is that of a partial success.
func (f *Filter) Undecoded() error {
	if f == nil || f.undecoded.Load() == 0 {
		return nil
	}
	n := f.undecoded.Load()
	err := cmderr.Errorf("%s skipped", output.Plural(n, "job could not be decoded and was", "jobs could not be decoded and were"))
	if len(f.Keys) == 0 {
		err = cmderr.WithHint(err, "if they are encrypted, give the key with --key-file FILE")
	} else {
		err = cmderr.WithHint(err, "tried %s; see one with: %s | gearctl payload decode", KeyNames(f.Keys), cmderr.Try("peek", "QUEUE", "-o", "raw"))
	}
	return cmderr.SomeFailed([]error{err}, true)
}
