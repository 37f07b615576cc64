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

// MatchFields are the fields that --match knows, and those that are known without decoding.
var (
	MatchFields = []string{"host", "service", "type", "command", "result_queue", "output", "queue", "unique", "payload"}
	plainFields = []string{"queue", "unique", "payload"}
)

// Verdict is what a filter found of a job.
type Verdict int

// What it may find. Of the last two another key, or time, may change the outcome.
const (
	Match Verdict = iota
	noMatch
	Undecodable
	TooYoung
)

// Filter tells which jobs are meant. It may be used by several goroutines.
type Filter struct {
	globs      map[string][]string // by field
	before     time.Time           // zero: of any age
	Keys       []modgearman.Key
	decodes    bool         // a condition needs the decoded job
	unreadable atomic.Int64 // jobs that could not be decoded, and therefore do not match
}

// NewFilter reads FIELD=GLOB conditions. before, unless zero, is when a job must have been due.
func NewFilter(conditions []string, before time.Time) (*Filter, error) {
	f := &Filter{globs: map[string][]string{}, before: before, decodes: !before.IsZero()}
	for _, m := range conditions {
		field, glob, ok := strings.Cut(m, "=")
		if !ok || !slices.Contains(MatchFields, field) {
			return nil, cmderr.Usagef("--match %.100q: must be FIELD=GLOB, of a field of %s", m, strings.Join(MatchFields, ", "))
		}
		if _, err := path.Match(glob, ""); err != nil {
			return nil, cmderr.Usagef("--match %.100q: not a glob: unclosed [", m)
		}
		f.globs[field] = append(f.globs[field], glob)
		f.decodes = f.decodes || !slices.Contains(plainFields, field)
	}
	return f, nil
}

// Matches reports whether a job is meant. One that cannot be decoded, where that is needed, is not.
func (f *Filter) Matches(queue, unique string, data []byte) bool {
	return f.Judge(queue, unique, data) == Match
}

// Judge says whether a job is meant, and why not.
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
		f.unreadable.Add(1)
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

func (f *Filter) fits(field, value string) bool {
	globs := f.globs[field]
	return len(globs) == 0 || slices.ContainsFunc(globs, func(g string) bool { return g == value || glob.MatchGlob(g, value) })
}

// Undecoded tells of jobs that could not be decoded and were therefore left, as something that was partly done, or returns
// nil. A nil filter needs to decode none.
func (f *Filter) Undecoded() error {
	if f == nil || f.unreadable.Load() == 0 {
		return nil
	}
	n := f.unreadable.Load()
	err := cmderr.Errorf("--match, --older-than: %s could not be decoded and did not match", output.Plural(n, "job", "jobs"))
	if len(f.Keys) == 0 {
		return cmderr.SomeFailed([]error{cmderr.WithHint(err, "encrypted ones need their key: --key-file FILE")}, true)
	}
	return cmderr.SomeFailed([]error{cmderr.WithHint(err, "tried %s; see one with: %s | gearctl payload decode", KeyNames(f.Keys), cmderr.Try("peek", "QUEUE", "-o", "raw"))}, true)
}
