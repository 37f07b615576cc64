package modgearman

import (
	"fmt"
	"strings"
)

// Lint checks the configurations of the NEB module and of a worker and, if both are given, whether they match. Either may be
// nil; both may be the same Config. It reads key files. The findings are sorted by file and line and contain no keys.
func Lint(neb, worker *Config) []Finding {
	l := &linter{}
	if neb != nil {
		l.file(neb, true, neb == worker)
	}
	if worker != nil {
		l.file(worker, neb == worker, true)
	}
	if neb != nil && worker != nil {
		l.pair(neb, worker)
	}
	return sortFindings(l.findings)
}

// linter collects findings about one configuration at a time.
type linter struct {
	c           *Config
	neb, worker bool // which programs read it
	findings    []Finding
}

func (l *linter) add(s Severity, at Origin, option, message, consequence, fix string) {
	l.findings = append(l.findings, Finding{s, at.File, at.Line, option, message, consequence, fix})
}

// fileOrigin is the origin of findings about missing options.
func (l *linter) fileOrigin() Origin {
	if l.c.Module.File != "" {
		return l.c.Module
	}
	return Origin{File: l.c.Path}
}

func (l *linter) file(c *Config, neb, worker bool) {
	l.c, l.neb, l.worker = c, neb, worker
	l.findings = append(l.findings, c.Findings...)
	if worker {
		l.findings = append(l.findings, c.GoFindings...)
	}
	for _, e := range c.Entries {
		l.entry(e)
	}
	l.repeated()
	l.keys()
	l.servers()
	l.queues()
	if worker {
		l.workerNumbers()
	}
}

// entry checks a single line.
func (l *linter) entry(e Entry) {
	option, known := LookupOption(e.Spelling)
	if !known {
		l.unknown(e)
		return
	}
	l.hashInValue(e, option)
	l.spelling(e, option)
	if l.quoted(e, option) {
		return
	}
	l.relative(e, option)
	l.blanks(e, option)
	if option.Obsolete != "" {
		l.add(Hint, e.Origin, option.Name, "is obsolete", option.Obsolete, "remove the line")
	}
	switch option.Type {
	case TypeBool:
		l.boolean(e, option)
	case TypeInt, TypeFloat:
		l.number(e, option)
	case TypeServers:
		l.address(e, option)
	case TypeList:
		l.separators(e, option)
	}
	if check := optionChecks()[option.Name]; check != nil {
		check(l, e)
	}
}

// renamed maps options of old versions to fixes.
var renamed = map[string]string{
	"exports":          "set export=",
	"perfdata_all":     "set perfdata_send_all=yes",
	"neb_result_queue": "set result_queue=",
}

func (l *linter) unknown(e Entry) {
	name, effect, fix := truncated(e.Spelling), "the programs log and ignore it", "remove the line"
	word := strings.TrimSuffix(e.Spelling, "…")
	meant, isOption := LookupOption(word)
	near := CloseOptions(word)
	hint, isRenamed := renamed[e.Spelling]
	if !e.HasValue && l.worker {
		effect += "; the Go worker refuses to start: parse error, expected key=value"
	}
	switch {
	case strings.HasPrefix(e.Spelling, byteOrderMark):
		l.add(Failure, e.Origin, "config", "begins with a byte order mark", "the programs do not know the option of the first line",
			`remove it: sed -i '1s/^\xEF\xBB\xBF//' `+e.File)
		return
	case strings.HasPrefix(e.Spelling, "["):
		l.add(Failure, e.Origin, "[…]", "is a section, which these files do not have", effect, fix)
		return
	case isOption:
		l.add(Failure, e.Origin, meant.Name, "is not followed by =", effect, "set "+word+"=VALUE")
		return
	case isRenamed:
		fix = hint
	case len(near) > 0:
		fix = "did you mean " + strings.Join(near, " or ") + "?"
	case !e.HasValue:
		name = "…" // a lone word may be a key
		fix = "set NAME=VALUE"
	}
	l.add(Failure, e.Origin, name, fmt.Sprintf("%q is not an option", name), effect, fix)
}

const byteOrderMark = "\uFEFF"

// truncated keeps messages short.
func truncated(s string) string {
	const limit = 40
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}

// hashInValue finds a # in a value, which only C takes for a comment.
func (l *linter) hashInValue(e Entry, option Option) {
	if e.value(DialectC) == e.value(DialectGo) || !e.HasValue {
		return
	}
	if strings.TrimSpace(e.value(DialectGo)) == e.value(DialectC) {
		return
	}
	if option.Type == TypeSecret {
		l.add(Failure, e.Origin, option.Name, "contains a #",
			"C truncates the key there and Go does not, so neither can read the other's jobs",
			"choose a key without #, or put it into a keyfile")
		return
	}
	severity := Warning
	if !l.worker && option.Users&(UsedByGo|UsedByGoTools) == 0 {
		severity = Hint
	}
	l.add(severity, e.Origin, option.Name, "contains a #",
		"the C programs truncate the value there, the Go programs do not",
		"move the comment to its own line, or use a value without #")
}

// spelling finds spellings that only one dialect understands.
func (l *linter) spelling(e Entry, option Option) {
	switch {
	case !e.HasValue:
		l.noValue(e, option)
	case !l.worker || option.Users&UsedByGo == 0 && len(option.GoNames) == 0:
	case e.hyphens:
		l.add(Warning, e.Origin, option.Name, "is written with leading hyphens",
			"the Go programs do not know the option", "set "+option.Name+"=")
	case !option.Knows(DialectGo, e.Spelling) && len(option.GoNames) > 0:
		l.add(Warning, e.Origin, option.Name, fmt.Sprintf("is spelled %s, which the Go worker does not know", e.Spelling),
			"the Go worker ignores the line", "set "+option.GoNames[0]+"=")
	}
}

// noValue checks a word without =.
func (l *linter) noValue(e Entry, option Option) {
	name := option.Name
	if l.worker {
		l.add(Failure, e.Origin, name, "has no =", "the Go worker refuses to start: parse error, expected key=value",
			"set "+name+"=yes")
	}
	switch {
	case name == "perfdata" || name == "latency_flatten_window":
		l.add(Failure, e.Origin, name, "has no =", "the NEB module crashes on it", "set "+name+"= and a value")
	case option.Type != TypeBool:
		l.add(Failure, e.Origin, name, "has no value", "the C programs log an unknown switch and ignore the line",
			"set "+name+"= and a value")
	}
}

// boolean finds values that the dialects read differently or do not know.
func (l *linter) boolean(e Entry, option Option) {
	if !e.HasValue {
		return
	}
	inC, inGo := parseBool(e, DialectC), parseBool(e, DialectGo)
	word := strings.ToLower(e.C)
	sensible := strings.Contains(" yes on true 1 no off false 0 ", " "+word+" ")
	goReads := l.worker && len(option.GoNames) > 0
	switch {
	case goReads && inC != inGo:
		l.add(Failure, e.Origin, option.Name, fmt.Sprintf("is %q", truncated(e.C)),
			fmt.Sprintf("C reads %s, the Go programs read %s", yesNo(inC), yesNo(inGo)),
			"set yes or no, in lower case")
	case !sensible:
		l.add(Warning, e.Origin, option.Name, fmt.Sprintf("is %q, neither yes nor no", truncated(e.C)),
			"C reads it as "+yesNo(inC), "set yes or no")
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// repeated finds single-valued options that are set more than once, to different values.
func (l *linter) repeated() {
	last := map[string]Entry{}
	for _, e := range l.c.Entries {
		option, ok := LookupOption(e.Spelling)
		if !ok || repeatable(option) {
			continue
		}
		if before, again := last[option.Name]; again && before.value(DialectC) != e.value(DialectC) {
			l.add(Hint, before.Origin, option.Name, "is set again at "+e.String(), "only the last one counts",
				"remove one of the lines")
		}
		last[option.Name] = e
	}
}

func repeatable(o Option) bool {
	switch o.Type {
	case TypeList, TypePaths, TypeServers, TypeInclude:
		return true
	}
	return o.Name == "export"
}
