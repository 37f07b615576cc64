package nagios

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"gearctl/commands/internal/glob"
	"gearctl/commands/internal/servers"
)

// Rule gives thresholds to the queues that match a glob.
type Rule struct {
	Glob     string
	Limits   QueueLimits
	Optional bool // it need not match a queue
}

// Match reports whether the rule applies to a queue.
func (r *Rule) Match(queue string) bool { return r.Glob == queue || glob.Match(r.Glob, queue) }

// ruleTerm begins each term of a rule: a colon, and a word with = or the word optional. Ranges contain
// colons too, but no letters.
var ruleTerm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`:(?:([a-z]+)=|optional(?:$|:))`)
})

// ParseRule reads GLOB:METRIC=WARNING,CRITICAL[:METRIC=…][:optional].
func ParseRule(text string) (*Rule, error) {
	terms := splitRule(text)
	r := &Rule{Glob: terms[0]}
	if err := CheckGlob(r.Glob); err != nil {
		return nil, err
	}
	for _, term := range terms[1:] {
		name, value, hasValue := strings.Cut(term, "=")
		if !hasValue {
			r.Optional = true
			continue
		}
		if err := r.SetLimits(name, value); err != nil {
			return nil, err
		}
		if name != MetricWorkers.String() && strings.HasSuffix(value, ":") {
			return nil, fmt.Errorf("%s=%s ends with a colon and so alerts below that number; write it without the colon", name, value)
		}
	}
	if r.Limits == (QueueLimits{}) {
		return nil, fmt.Errorf("missing threshold: expected GLOB:METRIC=WARNING,CRITICAL, where METRIC is one of %s", strings.Join(metricNames[:], ", "))
	}
	return r, nil
}

// splitRule returns the glob and the terms after it, without their colons.
func splitRule(text string) []string {
	var terms []string
	for {
		at := ruleTerm().FindStringIndex(text[min(1, len(text)):])
		if at == nil {
			return append(terms, text)
		}
		terms = append(terms, text[:at[0]+1])
		text = text[at[0]+2:]
	}
}

// SetLimits sets the thresholds of a metric from text, WARNING,CRITICAL. It refuses a metric that has some.
func (r *Rule) SetLimits(name, value string) error {
	m, err := parseMetric(name)
	if err != nil {
		return err
	}
	if !r.Limits[m].IsZero() {
		return fmt.Errorf("%s is given twice", name)
	}
	if r.Limits[m], err = splitLimits(value); err != nil {
		return fmt.Errorf("%s=%w", name, err)
	}
	return nil
}

// CheckGlob returns an error if glob is empty or malformed.
func CheckGlob(glob string) error {
	if glob == "" {
		return fmt.Errorf("no queue: write GLOB:METRIC=WARNING,CRITICAL")
	}
	_, err := servers.NewMatcher([]string{glob})
	return err
}
