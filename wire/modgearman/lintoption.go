package modgearman

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// optionChecks are the checks of single options, in addition to those of their type.
var optionChecks = sync.OnceValue(func() map[string]func(*linter, Entry) {
	return map[string]func(*linter, Entry){
		"perfdata_mode":               lintPerfdataMode,
		"perfdata":                    lintPerfdata,
		"hostgroups":                  lintGroups,
		"servicegroups":               lintGroups,
		"localhostgroups":             lintGroups,
		"localservicegroups":          lintGroups,
		"queue_custom_variable":       lintCustomVariable,
		"export":                      lintExport,
		"gearman_connection_timeout":  lintConnectionTimeout,
		"logmode":                     lintLogmode,
		"result_workers":              lintResultWorkers,
		"orphan_return":               lintState,
		"timeout_return":              lintState,
		"restrict_path":               lintRestrictPath,
		"restrict_command_characters": lintRestrict,
		"debug-result":                lintDebugResult,
		"max-age":                     lintMaxAge,
		"encryption":                  lintEncryption,
		"returncode":                  lintReturncode,
		"result_queue":                lintResultQueue,
		"keyfile":                     lintKeyfile,
	}
})

func lintPerfdataMode(l *linter, e Entry) {
	if e.C == "1" {
		return
	}
	consequence := "every perfdata packet becomes a job of its own: a queue without worker grows until memory is full"
	switch mode := numberOf(Option{Name: e.Option, Type: TypeInt}, e.C, DialectC); {
	case mode == "1":
		consequence = "the module takes 1"
	case e.C != mode:
		consequence = "the module reads " + mode + ", which appends: " + consequence
	case mode == "0":
		consequence = "it is accepted and acts as 2: " + consequence
	}
	l.add(Warning, e.Origin, e.Option, fmt.Sprintf("is %q, not 1", truncated(e.C)), consequence, "set perfdata_mode=1")
}

func lintPerfdata(l *linter, e Entry) {
	if strings.EqualFold(e.C, "all") {
		l.add(Warning, e.Origin, e.Option, "is all, a spelling from before 3.0", "performance data go to a queue named all",
			"set perfdata=yes and perfdata_send_all=yes")
	}
	names := fieldsOf(e.C, ",")
	switch lower := lowerC(e.C); {
	case e.HasValue && e.C == "":
		l.add(Warning, e.Origin, e.Option, "has no value", "the module logs an unknown option and ignores the line", "set perfdata=yes or perfdata=no")
	case strings.Contains(","+strings.ReplaceAll(e.C, " ", "")+",", ",,"):
		l.add(Failure, e.Origin, e.Option, "has an empty item", "the module sends the data to a queue without a name, and nothing takes them",
			"set perfdata="+strings.Join(names, ","))
	case lower != e.C && shownPerfdata([]string{lower}) != "yes" && !slices.Contains([]string{"yes", "on", "true", "no", "off", "false"}, lower):
		l.add(Warning, e.Origin, e.Option, fmt.Sprintf("%q has capital letters", truncated(e.C)), "the module turns them into small ones: "+truncated(lower),
			"set perfdata="+strings.Join(fieldsOf(lower, ","), ","))
	}
	for i, name := range names {
		if slices.Contains([]string{"yes", "on", "true", "1", "no", "off", "false", "0"}, strings.ToLower(name)) && len(names) > 1 {
			names[i] = "perfdata"
			l.add(Failure, e.Origin, e.Option, fmt.Sprintf("%q is in a list of queues", truncated(name)),
				"performance data go to a queue named "+name, "set perfdata="+strings.Join(names, ","))
			return
		}
	}
}

// maxGroup is the longest group name that the C programs accept, in bytes.
const maxGroup = 50

func lintGroups(l *linter, e Entry) {
	prefix := PrefixHostgroup
	if strings.Contains(e.Option, "service") {
		prefix = PrefixServicegroup
	}
	for name := range strings.SplitSeq(e.C, ",") {
		name = strings.TrimSpace(name)
		switch {
		case strings.ContainsAny(name, "*?!"):
			l.add(Failure, e.Origin, e.Option, fmt.Sprintf("%q is no name of a group: there are no patterns", truncated(name)),
				"no check goes to its queue", "name each group; every check: set hosts=yes and services=yes")
		case strings.HasPrefix(name, PrefixHostgroup) || strings.HasPrefix(name, PrefixServicegroup):
			l.add(Warning, e.Origin, e.Option, fmt.Sprintf("%q begins with the prefix of a queue", truncated(name)),
				fmt.Sprintf("the queue is named %s%s", prefix, truncated(name)), "use the group's name without prefix")
		case len(name) > maxGroup:
			l.add(Failure, e.Origin, e.Option, fmt.Sprintf("%q is longer than 50 bytes", truncated(name)),
				"the C programs do not take it", "shorten the group's name")
		}
	}
}

func lintCustomVariable(l *linter, e Entry) {
	if strings.HasPrefix(e.C, "_") {
		l.add(Failure, e.Origin, e.Option, "begins with an underscore",
			"no variable ever matches: the core keeps names without it",
			"set "+e.Option+"="+truncated(strings.TrimLeft(e.C, "_")))
		return
	}
	if strings.ContainsAny(e.C, ",; \t") {
		l.add(Failure, e.Origin, e.Option, fmt.Sprintf("%q is not one name", truncated(e.C)), "no variable ever matches", "name one variable")
		return
	}
	l.add(Hint, e.Origin, e.Option, "is set: the variable's value is the literal name of a queue",
		"workers register no queue without the prefix hostgroup_ or servicegroup_: other values are not served",
		"give the variable values such as hostgroup_NAME, and the worker hostgroups=NAME")
}

func lintExport(l *linter, e Entry) {
	part := strings.SplitN(e.C, ":", 3)
	if len(part) < 3 || part[0] == "" || part[2] == "" {
		l.add(Failure, e.Origin, e.Option, "is not queue:returncode:CALLBACK", "the NEB module crashes on it",
			"set export=QUEUE:0:NEBCALLBACK_LOG_DATA")
	}
	if len(part) == 3 && part[0] != "" && part[2] != "" {
		if _, err := strconv.Atoi(part[1]); err != nil {
			l.add(Warning, e.Origin, e.Option, fmt.Sprintf("the return code %q is not a number", truncated(part[1])),
				fmt.Sprintf("the module reads %d", parseInt([]byte(part[1]))), "set export="+part[0]+":0:"+part[2])
		}
		for callback := range strings.SplitSeq(part[2], ",") {
			l.callback(e, strings.TrimSpace(callback))
		}
	}
	l.add(Hint, e.Origin, e.Option, "is set", "the first exported event turns the module's logging off for good",
		"expect missing log lines")
}

func lintConnectionTimeout(l *linter, e Entry) {
	if strings.HasPrefix(e.C, "-") {
		l.add(Warning, e.Origin, e.Option, "is negative", "the comment in the sample file is wrong: no timeout is 0",
			"use 0 or milliseconds")
	}
}

func lintLogmode(l *linter, e Entry) {
	switch e.C {
	case "automatic", "file", "stdout":
	case "syslog", "core":
		if l.worker {
			l.add(Hint, e.Origin, e.Option, "is "+e.C+", which the Go worker does not know", "it writes to stdout",
				"set logmode=file for a Go worker")
		}
	default:
		l.add(Warning, e.Origin, e.Option, fmt.Sprintf("%q is not a log mode", truncated(e.C)),
			"the programs take automatic or stdout", "use automatic, file, stdout, syslog or core")
	}
}

func lintResultWorkers(l *linter, e Entry) {
	if n, err := strconv.Atoi(e.C); err == nil && n <= 0 {
		l.add(Failure, e.Origin, e.Option, fmt.Sprintf("is %d", n), "the module reads no results: every check goes stale",
			"set result_workers=1")
	}
}

func lintState(l *linter, e Entry) {
	n, err := strconv.Atoi(e.C)
	if err != nil || n >= 0 && n <= 3 {
		return
	}
	consequence := "the C programs take 2"
	if l.worker && e.Option == "timeout_return" {
		consequence += fmt.Sprintf(", the Go worker sends %d, which the core makes another state of", n)
	}
	l.add(Warning, e.Origin, e.Option, "is none of 0, 1, 2 and 3", consequence, "use 2 or 3")
}

func lintRestrict(l *linter, e Entry) {
	if l.worker {
		l.add(Warning, e.Origin, e.Option, "is not known to the Go worker",
			"a Go worker runs commands with these characters", "use restrict_path too, or the C worker")
	}
}

func lintDebugResult(l *linter, e Entry) {
	if l.worker {
		l.add(Hint, e.Origin, e.Option, "is not known to the Go worker", "a Go worker ignores it",
			"set worker_name_in_result=on for a Go worker")
	}
}

func lintMaxAge(l *linter, e Entry) {
	if l.worker && parseInt([]byte(e.C)) > 0 {
		l.add(Warning, e.Origin, e.Option, "is set",
			"a Go worker answers checks that are too old with state OK, and for the host instead of the service",
			"set max-age=0 for a Go worker")
	}
}

func lintEncryption(l *linter, e Entry) {
	if !parseBool(e, DialectC) {
		l.add(Warning, e.Origin, e.Option, "is off", "anyone who can reach the job server can run commands on the workers",
			"set encryption=yes and a keyfile")
	}
}

// lintReturncode finds a code that the C programs do not accept.
func lintReturncode(l *linter, e Entry) {
	if n := atoi(e.C); e.HasValue && (n < 0 || n > 3) {
		l.add(Failure, e.Origin, e.Option, "is none of 0, 1, 2 and 3", "the C programs stop reading here and do not start", "remove the line")
	}
}

func lintResultQueue(l *linter, e Entry) {
	if e.HasValue && e.C == "" {
		l.add(Failure, e.Origin, e.Option, "has no value", "results go to a queue without a name, and are lost", "set result_queue=check_results, or remove the line")
	}
}

// lintKeyfile finds a line that names no file: C opens it all the same.
func lintKeyfile(l *linter, e Entry) {
	if e.HasValue && e.C == "" {
		l.add(Failure, e.Origin, e.Option, "names no file", "the C programs do not start: could not open file", "set keyfile=PATH, or remove the line")
	}
}
