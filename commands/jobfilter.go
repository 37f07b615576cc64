package commands

import (
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"gearctl/output"
	"gearctl/wire/modgearman"
)

// matchFields are the fields that --match knows, and those that are known without decoding.
var (
	matchFields = []string{"host", "service", "type", "command", "result_queue", "output", "queue", "unique", "payload"}
	plainFields = []string{"queue", "unique", "payload"}
)

// fitness is what a filter found of a job.
type fitness int

// What it may find. Of the last two another key, or time, may change the outcome.
const (
	doesFit fitness = iota
	doesNotFit
	cannotTell
	tooYoung
)

// jobFilter tells which jobs are meant. It may be used by several goroutines.
type jobFilter struct {
	globs      map[string][]string // by field
	before     time.Time           // zero: of any age
	keys       []modgearman.Key
	decodes    bool         // a condition needs the decoded job
	unreadable atomic.Int64 // jobs that could not be decoded, and therefore do not match
}

// newJobFilter reads FIELD=GLOB conditions. before, unless zero, is when a job must have been due.
func newJobFilter(conditions []string, before time.Time) (*jobFilter, error) {
	f := &jobFilter{globs: map[string][]string{}, before: before, decodes: !before.IsZero()}
	for _, m := range conditions {
		field, glob, ok := strings.Cut(m, "=")
		if !ok || !slices.Contains(matchFields, field) {
			return nil, usagef("--match %.100q: must be FIELD=GLOB, of a field of %s", m, strings.Join(matchFields, ", "))
		}
		if _, err := path.Match(glob, ""); err != nil {
			return nil, usagef("--match %.100q: not a glob: unclosed [", m)
		}
		f.globs[field] = append(f.globs[field], glob)
		f.decodes = f.decodes || !slices.Contains(plainFields, field)
	}
	return f, nil
}

// matches reports whether a job is meant. One that cannot be decoded, where that is needed, is not.
func (f *jobFilter) matches(queue, unique string, data []byte) bool {
	return f.judge(queue, unique, data) == doesFit
}

// judge says whether a job is meant, and why not.
func (f *jobFilter) judge(queue, unique string, data []byte) fitness {
	if !f.fits("queue", queue) || !f.fits("unique", unique) || len(f.globs["payload"]) > 0 && !f.fits("payload", string(data)) {
		return doesNotFit
	}
	if !f.decodes {
		return doesFit
	}
	facts := readFacts(data, f.keys)
	switch {
	case facts.Err != nil:
		f.unreadable.Add(1)
		return cannotTell
	case !f.fitsFacts(&facts):
		return doesNotFit
	case !f.before.IsZero() && (facts.Time.IsZero() || facts.Time.After(f.before)):
		return tooYoung
	}
	return doesFit
}

func (f *jobFilter) fitsFacts(facts *jobFacts) bool {
	return f.fits("host", facts.Host) && f.fits("service", facts.Service) && f.fits("type", facts.Kind.String()) &&
		f.fits("command", facts.Command) && f.fits("result_queue", facts.Return) && f.fits("output", facts.Output)
}

func (f *jobFilter) fits(field, value string) bool {
	globs := f.globs[field]
	return len(globs) == 0 || slices.ContainsFunc(globs, func(g string) bool { return g == value || matchGlob(g, value) })
}

// unread tells of jobs that could not be decoded and were therefore left, as something that was partly done, or returns
// nil. A nil filter needs to decode none.
func (f *jobFilter) unread() error {
	if f == nil || f.unreadable.Load() == 0 {
		return nil
	}
	n := f.unreadable.Load()
	err := errorf("--match, --older-than: %s could not be decoded and did not match", output.Plural(n, "job", "jobs"))
	if len(f.keys) == 0 {
		return someFailed([]error{withHint(err, "encrypted ones need their key: --key-file FILE")}, true)
	}
	return someFailed([]error{withHint(err, "tried %s; see one with: %s | gearctl payload decode", keyNames(f.keys), try("peek", "QUEUE", "-o", "raw"))}, true)
}
