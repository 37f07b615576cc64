package health

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/input"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/wire/disk"
)

// ruleSet is which queues are checked, and their thresholds.
type ruleSet struct {
	rules    []*nagios.Rule
	general  nagios.QueueLimits // for metrics that a rule does not name
	require  []string
	excluded *servers.Matcher
}

// limits returns the thresholds of a queue: those of the first rule that matches, else the general ones.
func (h *ruleSet) limits(queue string) *nagios.QueueLimits {
	for _, r := range h.rules {
		if r.Match(queue) {
			return &r.Limits
		}
	}
	return &h.general
}

// unusedReason returns why a rule applies to no checked queue, or nothing.
func (h *ruleSet) unusedReason(r *nagios.Rule, known []string) string {
	why := "matches no queue"
	for _, queue := range known {
		switch first := slices.IndexFunc(h.rules, func(r *nagios.Rule) bool { return r.Match(queue) }); {
		case !r.Match(queue), h.excludes(queue):
		case h.rules[first] == r:
			return ""
		default:
			why = "never applies: earlier rules match its queues"
		}
	}
	return why
}

// excludes reports whether a queue is ignored.
func (h *ruleSet) excludes(queue string) bool {
	return !h.excluded.All() && h.excluded.Match(queue)
}

// byPriority reports whether any threshold needs prioritystatus.
func (h *ruleSet) byPriority() bool {
	for _, r := range h.rules {
		if r.Limits.ByPriority() {
			return true
		}
	}
	return h.general.ByPriority()
}

// rules reads the rules of flags and file; those of flags come first.
func (o *options) rules() (*ruleSet, error) {
	h := &ruleSet{require: o.require.Value()}
	exclude := o.exclude.Value()
	for _, text := range o.rule.Value() {
		r, err := nagios.ParseRule(text)
		if err != nil {
			return nil, cmderr.Usagef("--rule %.100q: %v", text, err).Hint("for example --rule 'hostgroup_*:waiting=100,500:workers=1:'")
		}
		h.rules = append(h.rules, r)
	}
	if o.ruleFile != "" {
		f, err := readRuleFile(o.ruleFile)
		if err != nil {
			return nil, cmderr.Usagef("--rules %s: %v", o.ruleFile, err)
		}
		h.rules = append(h.rules, f.rules...)
		h.require, exclude = append(h.require, f.Require...), append(exclude, f.Exclude...)
	}
	var err error
	if h.general, err = o.limits(); err != nil {
		return nil, err
	}
	for _, r := range h.rules {
		r.Limits.Fill(&h.general)
	}
	if h.excluded, err = servers.NewMatcher(exclude); err != nil {
		return nil, err
	}
	if h.byPriority() && !o.priorities {
		return nil, cmderr.Usagef("thresholds for high, normal and low need --priorities").
			Hint("it sends prioritystatus, which can crash a server whose workers use job timeouts; otherwise use waiting")
	}
	return h, h.check(o)
}

// check rejects a queue that is both requested and excluded.
func (h *ruleSet) check(o *options) error {
	for _, queue := range slices.Concat(h.require, o.matcher.Exact) {
		switch {
		case queue == "":
			return cmderr.Usagef("--require: a queue name is empty")
		case h.excludes(queue):
			return cmderr.Usagef("queue %.100q is both requested and excluded", queue)
		}
	}
	return nil
}

// limits reads the general thresholds.
func (o *options) limits() (all nagios.QueueLimits, err error) {
	for m := range nagios.NumMetrics {
		l := &o.thresholds[m]
		if all[m], err = nagios.ParseLimits(l.warning, l.critical); err != nil {
			return all, cmderr.Usagef("--%v-warning, --%v-critical: %v", m, m, err)
		}
	}
	return all, nil
}

// ruleFile is a file of --rules.
type ruleFile struct {
	Rules   []fileRule `yaml:"rules"`
	Require []string   `yaml:"require"`
	Exclude []string   `yaml:"exclude"`

	rules []*nagios.Rule
}

// fileRule is a rule of such a file. Its thresholds are written as in a flag: WARNING,CRITICAL.
type fileRule struct {
	Queue    string    `yaml:"queue"`
	Waiting  yaml.Node `yaml:"waiting"`
	Running  yaml.Node `yaml:"running"`
	Workers  yaml.Node `yaml:"workers"`
	High     yaml.Node `yaml:"high"`
	Normal   yaml.Node `yaml:"normal"`
	Low      yaml.Node `yaml:"low"`
	Optional bool      `yaml:"optional"`
}

func readRuleFile(path string) (*ruleFile, error) {
	data, err := disk.ReadInput(path, input.MaxRuleFile)
	if err != nil {
		return nil, errors.New(cmderr.RootCause(err))
	}
	return parseRuleFile(data)
}

// parseRuleFile reads one YAML document. Unknown keys are errors.
func parseRuleFile(data []byte) (*ruleFile, error) {
	f := new(ruleFile)
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(f); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		return nil, errors.New(yamlCause(err))
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	if len(f.Rules)+len(f.Require)+len(f.Exclude) == 0 {
		return nil, errors.New("no rules, require or exclude in it")
	}
	for i := range f.Rules {
		r, err := f.Rules[i].rule()
		if err != nil {
			return nil, fmt.Errorf("rule %d, queue %.100q: %w", i+1, f.Rules[i].Queue, err)
		}
		f.rules = append(f.rules, r)
	}
	return f, nil
}

// yamlCause returns the first error only: a file of another kind has one on every line.
func yamlCause(err error) string {
	var wrong *yaml.TypeError
	if errors.As(err, &wrong) && len(wrong.Errors) > 0 {
		first, _, _ := strings.Cut(wrong.Errors[0], " in type ")
		return fmt.Sprintf("%.100s", first)
	}
	return strings.TrimPrefix(cmderr.OneLine(err), "yaml: ")
}

// rule returns the rule. One without thresholds keeps its queues from later rules.
func (f *fileRule) rule() (*nagios.Rule, error) {
	r := &nagios.Rule{Glob: f.Queue, Optional: f.Optional}
	if err := nagios.CheckGlob(r.Glob); err != nil {
		return nil, err
	}
	for m, node := range [nagios.NumMetrics]yaml.Node{f.Waiting, f.Running, f.Workers, f.High, f.Normal, f.Low} {
		name := nagios.Metric(m).String()
		switch {
		case node.IsZero():
			continue
		case node.Kind != yaml.ScalarNode || node.Tag == "!!null" || node.Value == "":
			return nil, fmt.Errorf("%s has no range: quote it, as in %s: \"~:10\"", name, name)
		}
		if err := r.SetLimits(name, node.Value); err != nil {
			return nil, err
		}
	}
	return r, nil
}
