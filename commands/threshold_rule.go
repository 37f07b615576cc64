package commands

import (
	"fmt"
	"regexp"
	"strings"
)

// queueRule gives thresholds to the queues that match a glob.
type queueRule struct {
	glob     string
	limits   queueLimits
	optional bool // that no queue matches is no news
}

func (r *queueRule) match(queue string) bool { return r.glob == queue || matchGlob(r.glob, queue) }

// ruleTerm begins each term of a rule: a colon, and a word with = or the word optional. The ranges behind it hold
// colons themselves, never a letter.
var ruleTerm = regexp.MustCompile(`:(?:([a-z]+)=|optional(?:$|:))`)

// parseRule reads GLOB:METRIC=WARNING,CRITICAL[:METRIC=…][:optional].
func parseRule(text string) (*queueRule, error) {
	terms := splitRule(text)
	r := &queueRule{glob: terms[0]}
	if err := checkGlob(r.glob); err != nil {
		return nil, err
	}
	for _, term := range terms[1:] {
		name, value, hasValue := strings.Cut(term, "=")
		if !hasValue {
			r.optional = true
			continue
		}
		if err := r.set(name, value); err != nil {
			return nil, err
		}
		if name != metricWorkers.String() && strings.HasSuffix(value, ":") {
			return nil, fmt.Errorf("%s=%s ends with a colon and so alerts below that number; write it without the colon", name, value)
		}
	}
	if r.limits == (queueLimits{}) {
		return nil, fmt.Errorf("no threshold: write GLOB:METRIC=WARNING,CRITICAL with a metric of %s", strings.Join(metricNames[:], ", "))
	}
	return r, nil
}

// splitRule returns the glob and the terms behind it, without their colons.
func splitRule(text string) []string {
	var terms []string
	for {
		at := ruleTerm.FindStringIndex(text[min(1, len(text)):])
		if at == nil {
			return append(terms, text)
		}
		terms = append(terms, text[:at[0]+1])
		text = text[at[0]+2:]
	}
}

func (r *queueRule) set(name, value string) error {
	m, err := parseMetric(name)
	if err != nil {
		return err
	}
	if !r.limits[m].isZero() {
		return fmt.Errorf("%s is given twice", name)
	}
	if r.limits[m], err = parseLimits(value); err != nil {
		return fmt.Errorf("%s=%w", name, err)
	}
	return nil
}

func checkGlob(glob string) error {
	if glob == "" {
		return fmt.Errorf("no queue: write GLOB:METRIC=WARNING,CRITICAL")
	}
	_, err := newQueueMatcher([]string{glob})
	return err
}
