package modgearman

import (
	"fmt"
	"slices"
	"strings"
)

// pair checks whether a module and a worker match.
func (l *linter) pair(neb, worker *Config) {
	n := neb.Settings(ProgramNEB)
	l.c = worker
	for _, program := range []Program{ProgramWorker, ProgramGoWorker} {
		w := worker.Settings(program)
		l.pairEncryption(neb, n, w)
		l.pairServers(n, w)
	}
	// The C worker only: without queue options a Go worker does not start, which is a separate finding.
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
			"the worker cannot read a single check; the module drops its results", "set encryption=yes in both")
	case !n.Encryption && w.Encryption:
		l.add(Failure, l.at("encryption"), "encryption",
			fmt.Sprintf("is on for a %s and off for the module (%s)", w.Program, neb.Path),
			"the worker discards every check: check your encryption settings", "set encryption=yes in both")
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

// pairQueues compares the queues that the module sends to with those that the worker registers for.
func (l *linter) pairQueues(neb *Config, n, w Settings) {
	filled, served := n.Queues(), w.Queues()
	l.c = neb
	for _, queue := range filled {
		if !slices.Contains(served, queue) {
			option, value := optionOfQueue(queue)
			l.add(Warning, l.at(option), option,
				fmt.Sprintf("sends to the queue %s, which the worker does not register for", queue),
				"its checks wait forever unless another worker serves it",
				fmt.Sprintf("set %s=%s for a worker, or remove it here", option, value))
		}
	}
}

// optionOfQueue returns the option and value that make a worker register for a queue.
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
			"set the same result_queue in both")
	}
	for _, queue := range w.Queues() {
		switch {
		case slices.Contains(n.Queues(), queue), n.CustomVariable != "" && strings.Contains(queue, "group_"):
		default:
			option, _ := optionOfQueue(queue)
			l.add(Hint, l.at(option), option,
				fmt.Sprintf("registers for the queue %s, which this module never sends to", queue),
				"the worker never gets a job there", "remove it, or name the group in the module's file")
		}
	}
}
