// Package plugin runs monitoring plugins and judges how they end.
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

// maxOutput is the most that a plugin may write; it is ended when it writes more.
const maxOutput = modgearman.MaxOutput

// Runner say how plugins are run, as mod_gearman_worker.conf does.
type Runner struct {
	Env           []string // of every plugin
	Now           func() time.Time
	Identifier    string        // of the worker, for the texts of what went wrong
	JobTimeout    time.Duration // for a job that brings no time-out of its own
	TimeoutReturn int           // the code of a plugin that took too long
	ShowStderr    bool          // append what the plugin wrote to stderr
	Paths         []string      // restrict_path: only what lies below; none: anything
	Forbidden     string        // restrict_command_characters, in force with paths only
}

// Command is a plugin to be run.
type Command struct {
	Line    string
	Kind    modgearman.Kind // for the text of a time-out; KindUnknown: no job of Mod-Gearman
	Timeout time.Duration   // 0: that of the rules
	Env     []string        // besides that of the rules
}

// Result is what a plugin is reported with: always a code from 0 to 3 and a text.
type Result struct {
	Code            int
	Output          string
	Start, Finish   time.Time
	timedOut, ended bool // ended: by us, for it wrote too much or we were told to stop
}

// Run runs a plugin and waits for its end. When ctx ends the plugin is killed.
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

// workerSuffix is the mark that the texts of the C worker end with.
func (r *Runner) workerSuffix() string { return " (worker: " + r.Identifier + ")" }

// startFailure tells why a plugin could not be run, in the words of the C worker.
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
