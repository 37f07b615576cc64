// Package judge says what is wrong with servers and queues where no threshold was set: the one judgement of health, top and the
// status page of the exporter. It asks nothing and keeps nothing.
package judge

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// Problem is what is wrong with a server or a queue. Text does not name it, and holds text of the server as it came.
type Problem struct {
	State int // of nagios; not StateOK
	Text  string
}

// Queue returns what is wrong with a queue by its own numbers.
func Queue(q wire.FunctionStatus) (problems []Problem) {
	if doubt := q.Doubt(); doubt != "" {
		problems = append(problems, Problem{nagios.StateUnknown, doubt})
	}
	if Unserved(q) {
		problems = append(problems, Problem{nagios.StateCritical, WaitingJobs(q.Waiting()) + " without a worker"})
	}
	return problems
}

// Unserved reports whether jobs wait and no worker is connected that can do them.
func Unserved(q wire.FunctionStatus) bool { return q.Workers == 0 && q.Waiting() > 0 }

// WaitingJobs describes how many jobs wait.
func WaitingJobs(n int64) string { return output.Plural(n, "job", "jobs") + " waiting" }

// NoQueues is what is wrong with a server without any queue: it is probably the wrong one, or has lost its workers.
func NoQueues() Problem {
	return Problem{nagios.StateWarning, "no queues: no worker has registered and no job was submitted"}
}

// Failure returns what is wrong with a server that did not answer a command: CRITICAL, or UNKNOWN if it refused.
func Failure(server string, err error) Problem {
	p := Problem{nagios.StateCritical, FailureText(server, err)}
	if servers.IsRefusal(err) {
		p.State = nagios.StateUnknown
	}
	return p
}

// FailureText describes an error without the server.
func FailureText(server string, err error) string {
	var op *wire.OpError
	switch {
	case wire.IsUnreachable(err) && errors.As(err, &op):
		return "cannot be reached: " + cmderr.OneLine(op.Err) + cmderr.InBrackets(cmderr.TLSHint(err))
	case errors.As(err, &op):
		return op.Op + ": " + cmderr.OneLine(op.Err) + cmderr.InBrackets(cmp.Or(cmderr.LimitHint(err), cmderr.TLSHint(err)))
	}
	return strings.TrimPrefix(cmderr.OneLine(err), server+": ")
}

// Unreadable returns problems for the lines of the answer to command that could not be parsed. Rows whose numbers cannot be
// true are not among them: Queue has those.
func Unreadable(command string, bad []*wire.LineError) (problems []Problem) {
	for _, b := range bad {
		if b.Row && b.More == 0 {
			continue
		}
		problems = append(problems, Problem{nagios.StateUnknown, fmt.Sprintf("cannot parse line %d of its %s: %s", b.Number, command, b.Cause)})
	}
	return problems
}

// Growing reports whether a queue grows: by more than twice what it shrinks. With the two exchanged, whether it shrinks.
func Growing(in, out float64) bool { return in > 2*out }

// Severity orders states as the Monitoring Plugins do: CRITICAL before WARNING before UNKNOWN before OK.
func Severity(state int) int {
	return [...]int{nagios.StateOK: 0, nagios.StateUnknown: 1, nagios.StateWarning: 2, nagios.StateCritical: 3}[state]
}
