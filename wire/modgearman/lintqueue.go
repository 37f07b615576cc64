package modgearman

import (
	"fmt"
	"slices"
	"strings"
)

// servers checks that there is a server.
func (l *linter) servers() {
	if len(l.c.addresses("server", DialectC)) == 0 {
		l.add(Failure, l.fileOrigin(), "server", "no server is set", "the programs refuse to start",
			"set server=HOST:4730")
	}
	if l.worker {
		l.duplicates()
	}
}

// address checks a line of servers.
func (l *linter) address(e Entry, option Option) {
	var seen []string
	for raw := range strings.SplitSeq(e.C, ",") {
		item := strings.TrimSpace(raw)
		address := addressC(raw)
		if slices.Contains(seen, address) {
			l.add(Hint, e.Origin, option.Name, truncated(address)+" is named again", "the C programs log a duplicate and ignore it", "name it once")
			continue
		}
		seen = append(seen, address)
		_, port, hasPort := strings.Cut(item, ":")
		scheme, rest, isURL := strings.Cut(item, "://")
		switch {
		case isURL:
			l.add(Failure, e.Origin, option.Name, fmt.Sprintf("%q is a URL", truncated(item)), "the programs take "+truncated(scheme)+" for the host",
				"set "+option.Name+"="+strings.TrimRight(rest, "/"))
		case strings.Count(item, ":") > 1:
			l.add(Failure, e.Origin, option.Name, fmt.Sprintf("%q is an IPv6 address", truncated(item)),
				"the C programs cannot read it; the Go programs can, with brackets and port", "use a host name")
		case item == "" && e.HasValue:
			l.add(Warning, e.Origin, option.Name, "has an empty item", l.emptyAddress(option), "remove the comma or the line")
		case strings.HasPrefix(item, ":"):
			l.add(Warning, e.Origin, option.Name, fmt.Sprintf("%q has no host", truncated(item)),
				"the programs take 0.0.0.0, which is this machine", "use localhost"+truncated(item))
		case option.Name == "dupserver" && !hasPort && item != "" && l.worker:
			l.add(Failure, e.Origin, option.Name, fmt.Sprintf("%q has no port", truncated(item)),
				"the Go worker adds none and never connects", "set "+truncated(item)+":4730")
		case hasPort && parseInt([]byte(port)) <= 0:
			l.add(Failure, e.Origin, option.Name, fmt.Sprintf("%q has no port number", truncated(item)),
				"nothing can connect", "use HOST:4730")
		case item != "":
			l.unusable(e, option, raw)
		}
	}
	if option.Name == "dupserver" && l.neb && !l.worker {
		l.add(Hint, e.Origin, option.Name, "is set for the NEB module", "the module ignores it",
			"set it in the worker's file")
	}
}

// emptyAddress is what an empty item of a list of servers does.
func (l *linter) emptyAddress(option Option) string {
	switch {
	case option.Name == "dupserver":
		return "the C worker reads it as 0.0.0.0:4730 and sends every result there too"
	case l.worker:
		return "the C programs read it as 0.0.0.0:4730, the Go worker as :4730, both a server of this machine"
	}
	return "the C programs read it as 0.0.0.0:4730"
}

// queues checks the options that select queues.
func (l *linter) queues() {
	if l.worker && len(l.c.Settings(ProgramGoWorker).Queues()) == 0 {
		l.add(Failure, l.fileOrigin(), "hosts", "no queue is set",
			"the Go worker refuses to start: no listen queues defined",
			"set hosts=yes and services=yes, or hostgroups=")
	}
	if !l.neb {
		return
	}
	s := l.c.Settings(ProgramNEB)
	l.shadowed("hostgroups", s.Hostgroups, s.LocalHostgroups)
	l.shadowed("servicegroups", s.Servicegroups, s.LocalServicegroups)
	if !s.DoHostchecks && s.Hosts {
		if e, ok := l.c.lastAny("do_hostchecks"); ok {
			l.add(Warning, e.Origin, "do_hostchecks", "is off while hosts is on",
				"the core runs every host check itself", "set do_hostchecks=yes")
		}
	}
}

func (l *linter) shadowed(option string, groups, local []string) {
	for _, name := range groups {
		if slices.Contains(local, name) {
			e, _ := l.c.lastAny(option)
			l.add(Warning, e.Origin, option, fmt.Sprintf("%q is local as well", truncated(name)),
				"local wins, and its queue stays empty", "name the group in one of the two")
		}
	}
}

func (l *linter) workerNumbers() {
	low, high := l.c.int("min-worker", DialectC), l.c.int("max-worker", DialectC)
	if e, ok := l.c.lastAny("min-worker"); ok && low > high {
		l.add(Warning, e.Origin, "min-worker", fmt.Sprintf("%d is more than max-worker, %d", low, high),
			"C lowers min-worker, Go raises max-worker", "set a min-worker of at most max-worker")
	}
}
