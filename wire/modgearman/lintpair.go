package modgearman

import (
	"fmt"
	"slices"
	"strings"
)

// pair looks at whether a module and a worker can work together.
func (l *linter) pair(neb, worker *Config) {
	n := neb.Settings(ProgramNEB)
	l.c = worker
	for _, program := range []Program{ProgramWorker, ProgramGoWorker} {
		w := worker.Settings(program)
		l.pairEncryption(neb, n, w)
		l.pairServers(n, w)
	}
	// Without queue options a Go worker does not start, which is a finding of its own.
	l.pairQueues(neb, n, worker.Settings(ProgramWorker))
	l.pairResultQueues(n, worker)
}

func (l *linter) at(option string) Origin {
	if e, ok := l.c.lastAny(option); ok {
		return e.Origin
	}
	return l.fileOrigin()
}

func (l *linter) pairEncryption(neb *Config, n, w Settings) {
	switch {
	case n.Encryption && !w.Encryption:
		l.add(Failure, l.at("encryption"), "encryption",
			fmt.Sprintf("is off for a %s and on for the module (%s)", w.Program, neb.Path),
			"the worker cannot read a single check; the module drops its results", "write encryption=yes in both")
	case !n.Encryption && w.Encryption:
		l.add(Failure, l.at("encryption"), "encryption",
			fmt.Sprintf("is on for a %s and off for the module (%s)", w.Program, neb.Path),
			"the worker discards every check: check your encryption settings", "write encryption=yes in both")
	case n.Encryption && n.KeyError == nil && w.KeyError == nil && !n.Key.Equal(w.Key):
		l.add(Failure, l.at("key"), "key",
			fmt.Sprintf("a %s uses the %s, %s, the module the %s, %s", w.Program, w.KeyFrom, w.Key, n.KeyFrom, n.Key),
			"the worker discards every check: check your encryption settings", "give both the same keyfile")
	}
}

func (l *linter) pairServers(n, w Settings) {
	if len(n.Servers) == 0 || len(w.Servers) == 0 {
		return
	}
	if !slices.ContainsFunc(n.Servers, func(s string) bool { return slices.Contains(w.Servers, s) }) {
		l.add(Warning, l.at("server"), "server",
			fmt.Sprintf("none of %s is a server of the module, %s",
				strings.Join(w.Servers, ", "), strings.Join(n.Servers, ", ")),
			"unless these are two names of one server, the worker never sees a check", "name the same server in both")
	}
}

// pairQueues compares the queues that the module can fill with those that the worker registers.
func (l *linter) pairQueues(neb *Config, n, w Settings) {
	filled, served := n.Queues(), w.Queues()
	l.c = neb
	for _, queue := range filled {
		if !slices.Contains(served, queue) {
			option, value := optionOfQueue(queue)
			l.add(Warning, l.at(option), option,
				fmt.Sprintf("fills the queue %s, which the worker does not register", queue),
				"its checks wait for ever, unless another worker serves it",
				fmt.Sprintf("write %s=%s for a worker, or remove it here", option, value))
		}
	}
}

// optionOfQueue returns the line that makes a worker register a queue.
func optionOfQueue(queue string) (option, value string) {
	if name, ok := strings.CutPrefix(queue, PrefixHostgroup); ok {
		return "hostgroups", name
	}
	if name, ok := strings.CutPrefix(queue, PrefixServicegroup); ok {
		return "servicegroups", name
	}
	return map[string]string{
		QueueHost: "hosts", QueueService: "services",
		QueueEventhandler: "eventhandler", QueueNotification: "notifications",
	}[queue], "yes"
}

func (l *linter) pairResultQueues(n Settings, worker *Config) {
	l.c = worker
	w := worker.Settings(ProgramWorker)
	if n.ResultQueue != w.ResultQueue {
		l.add(Hint, l.at("result_queue"), "result_queue",
			fmt.Sprintf("is %q for the worker's file and %q for the module", truncated(w.ResultQueue), truncated(n.ResultQueue)),
			"workers take the name from each check, but send_gearman with this file sends where the module does not read",
			"write the same result_queue in both")
	}
	for _, queue := range w.Queues() {
		switch {
		case slices.Contains(n.Queues(), queue), n.CustomVariable != "" && strings.Contains(queue, "group_"):
		default:
			option, _ := optionOfQueue(queue)
			l.add(Hint, l.at(option), option,
				fmt.Sprintf("registers the queue %s, which this module never fills", queue),
				"the worker waits there in vain", "remove it, or name the group in the module's file")
		}
	}
}
