package modgearman

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// numberEffects says what the programs do with the number that they read.
var numberEffects = sync.OnceValue(func() map[string]func(n string) string {
	return map[string]func(n string) string{
		"job_timeout":                func(n string) string { return "a check without a timeout of its own is killed after " + n + " s" },
		"max-worker":                 func(n string) string { return "no more than " + n + " checks run at a time" },
		"min-worker":                 func(n string) string { return n + " workers wait for jobs" },
		"timeout_return":             func(n string) string { return "checks that time out become " + stateWord(n) },
		"orphan_return":              func(n string) string { return "orphaned checks become " + stateWord(n) },
		"returncode":                 func(n string) string { return "the result is " + stateWord(n) },
		"result_workers":             zeroMeans("the module reads no results: every check goes stale"),
		"idle-timeout":               zeroMeans("idle workers never end"),
		"max-jobs":                   zeroMeans("a worker process is never replaced"),
		"max-age":                    zeroMeans("checks are run however old they are"),
		"spawn-rate":                 zeroMeans("no workers are added under load"),
		"log_stats_interval":         zeroMeans("no statistics are logged"),
		"load_limit1":                zeroMeans("the limit is off"),
		"load_limit5":                zeroMeans("the limit is off"),
		"load_limit15":               zeroMeans("the limit is off"),
		"latency_flatten_window":     zeroMeans("it is off"),
		"gearman_connection_timeout": zeroMeans("connecting never times out"),
	}
})

// zeroMeans is the effect of an option for which only 0 is special.
func zeroMeans(effect string) func(string) string {
	return func(n string) string {
		if n == "0" {
			return effect
		}
		return ""
	}
}

// stateWord names a plugin's return code.
func stateWord(n string) string {
	switch n {
	case "0":
		return "OK"
	case "1":
		return "WARNING"
	case "2":
		return "CRITICAL"
	case "3":
		return "UNKNOWN"
	}
	return "state " + n
}

// withOwnCheck are the numbers whose limits are checked by their own functions: of these, 0 loses states or results.
var withOwnCheck = []string{"timeout_return", "orphan_return", "result_workers"}

// number finds what is not a number, or one that the C programs replace.
func (l *linter) number(e Entry, option Option) {
	if !e.HasValue || option.Name == "perfdata_mode" {
		return
	}
	own := slices.Contains(withOwnCheck, option.Name)
	_, notFloat := strconv.ParseFloat(e.C, 64)
	what := "not a number"
	switch n, err := strconv.Atoi(e.C); {
	case notFloat == nil && option.Type == TypeFloat:
		return
	case err == nil && (own || numberOf(option, e.C, DialectC) == strconv.Itoa(n)):
		return
	case err == nil:
		what = "which the C programs do not accept"
	case notFloat == nil:
		what = "not a whole number"
	}
	severity := Warning
	if own && (numberOf(option, e.C, DialectC) == "0" || l.worker && numberOf(option, e.Go, DialectGo) == "0") {
		severity = Failure
	}
	l.add(severity, e.Origin, option.Name, fmt.Sprintf("is %q, %s", truncated(e.C), what), l.numberRead(e, option), numberFix(e, option))
}

// numberRead says which number each program reads, and what that does.
func (l *linter) numberRead(e Entry, option Option) string {
	inC, inGo := "", ""
	if len(option.CNames) > 0 && option.Users&usedByC != 0 {
		inC = numberOf(option, e.C, DialectC)
	}
	if len(option.GoNames) > 0 && option.Users&usedByGo != 0 && (l.worker || inC == "") {
		inGo = numberOf(option, e.Go, DialectGo)
	}
	read := func(who, n string) string {
		text := who + " " + n
		if effect := numberEffects()[option.Name]; effect != nil && effect(n) != "" {
			text += " (" + effect(n) + ")"
		}
		return text
	}
	switch {
	case inGo == "":
		return read("the C programs read", inC)
	case inC == "":
		return read("the Go programs read", inGo)
	case inC == inGo:
		return read("the programs read", inC)
	}
	return read("the C programs read", inC) + ", " + read("the Go programs", inGo)
}

// numberFix is the number that was meant, as 60 by 1m, or else the default.
func numberFix(e Entry, option Option) string {
	n := option.Default(DialectC)
	if n == "" {
		n = option.Default(DialectGo)
	}
	if option.Name == "timeout_return" {
		n = "2"
	}
	if d, err := time.ParseDuration(strings.ReplaceAll(strings.ToLower(e.C), " ", "")); err == nil && d >= time.Second {
		n = strconv.Itoa(int(d / time.Second))
		if option.Name == "gearman_connection_timeout" {
			n = strconv.Itoa(int(d / time.Millisecond))
		}
	}
	if n == "" {
		return "use a number"
	}
	return "set " + option.Name + "=" + n
}
