// Package plugin runs monitoring plugins under the rules of mod_gearman_worker.conf, and reports codes, signals and timeouts
// as the C worker does. It never runs a command line that restrict_path forbids.
package plugin

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"time"

	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/process"
	"gearctl/wire/modgearman"
)

// maxOutput is how much a plugin may write before it is killed.
const maxOutput = modgearman.MaxOutput

// Runner runs plugins by the rules of mod_gearman_worker.conf. It is safe for concurrent use.
type Runner struct {
	Env           []string // of every plugin
	Now           func() time.Time
	Identifier    string        // of the worker, for error texts
	JobTimeout    time.Duration // for jobs without a timeout
	TimeoutReturn int           // the code of a plugin that timed out
	ShowStderr    bool          // append what the plugin wrote to stderr
	Paths         []string      // restrict_path: only commands below; none: any
	Forbidden     string        // restrict_command_characters, only with Paths
}

// Command is a plugin to run.
type Command struct {
	Line    string
	Kind    modgearman.Kind // for the timeout text; KindUnknown: not from a Mod-Gearman job
	Timeout time.Duration   // 0: that of the Runner
	Env     []string        // added to that of the Runner
}

// Result is what is reported for a plugin: a code from 0 to 3 and a text, always.
type Result struct {
	Code          int
	Output        string
	Start, Finish time.Time
}

// Run runs a plugin and waits for it to end. When ctx ends the plugin is killed.
func (r *Runner) Run(ctx context.Context, p Command) Result {
	if why := r.refuse(p.Line); why != "" {
		now := r.Now()
		return Result{Code: nagios.StateUnknown, Output: "UNKNOWN: " + why + r.workerSuffix(), Start: now, Finish: now}
	}
	if p.Timeout <= 0 {
		p.Timeout = r.JobTimeout
	}
	proc := &process.Command{
		Argv: argv(p.Line), Env: append(slices.Clip(r.Env), p.Env...), Now: r.Now,
		Timeout: p.Timeout, Limit: maxOutput, KillAtLimit: true,
	}
	begin := r.Now()
	res, err := process.Run(ctx, proc)
	if errors.Is(err, syscall.ENOEXEC) { // a script without #!: execvp(3) gives it to the shell
		proc.Argv = append([]string{binShell}, proc.Argv...)
		res, err = process.Run(ctx, proc)
	}
	if err != nil {
		return r.startFailure(err, begin)
	}
	return r.result(ctx, p.Kind, res)
}

// workerSuffix is what texts of the C worker end with.
func (r *Runner) workerSuffix() string { return " (worker: " + r.Identifier + ")" }

// startFailure reports a plugin that could not be started, in the words of the C worker.
func (r *Runner) startFailure(err error, begin time.Time) Result {
	o := Result{Start: begin, Finish: r.Now()}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.Code, o.Output = r.outOfBounds(codeNotFound, "")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR):
		o.Code, o.Output = r.outOfBounds(codeNotExecutable, "")
	default:
		o.Code, o.Output = nagios.StateUnknown, "UNKNOWN: "+err.Error()+r.workerSuffix()
	}
	return o
}
