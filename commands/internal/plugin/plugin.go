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

// maxPluginOutput is the most that a plugin may write; it is ended when it writes more.
const maxPluginOutput = modgearman.MaxOutput

// PluginRules say how plugins are run, as mod_gearman_worker.conf does.
type PluginRules struct {
	Env           []string // of every plugin
	Now           func() time.Time
	Identifier    string        // of the worker, for the texts of what went wrong
	JobTimeout    time.Duration // for a job that brings no time-out of its own
	TimeoutReturn int           // the code of a plugin that took too long
	ShowErrors    bool          // append what the plugin wrote to stderr
	Paths         []string      // restrict_path: only what lies below; none: anything
	Forbidden     string        // restrict_command_characters, in force with paths only
}

// PluginRun is a plugin to be run.
type PluginRun struct {
	Line    string
	Kind    modgearman.Kind // for the text of a time-out; KindUnknown: no job of Mod-Gearman
	Timeout time.Duration   // 0: that of the rules
	Env     []string        // besides that of the rules
}

// PluginOutcome is what a plugin is reported with: always a code from 0 to 3 and a text.
type PluginOutcome struct {
	Code            int
	Output          string
	Start, Finish   time.Time
	timedOut, ended bool // ended: by us, for it wrote too much or we were told to stop
}

// Run runs a plugin and waits for its end. When ctx ends the plugin is killed.
func (r *PluginRules) Run(ctx context.Context, p PluginRun) PluginOutcome {
	if why := r.refuse(p.Line); why != "" {
		now := r.Now()
		return PluginOutcome{Code: nagios.StateUnknown, Output: "UNKNOWN: " + why + r.worker(), Start: now, Finish: now}
	}
	if p.Timeout <= 0 {
		p.Timeout = r.JobTimeout
	}
	proc := &process.Process{
		Argv: pluginArgv(p.Line), Env: append(slices.Clip(r.Env), p.Env...), Now: r.Now,
		Timeout: p.Timeout, Limit: maxPluginOutput, KillAtLimit: true,
	}
	begin := r.Now()
	res, err := process.RunProcess(ctx, proc)
	if errors.Is(err, syscall.ENOEXEC) { // a script without #!: execvp(3) gives it to the shell
		proc.Argv = append([]string{binShell}, proc.Argv...)
		res, err = process.RunProcess(ctx, proc)
	}
	if err != nil {
		return r.notStarted(err, begin)
	}
	return r.judge(ctx, p.Kind, res)
}

// worker is the mark that the texts of the C worker end with.
func (r *PluginRules) worker() string { return " (worker: " + r.Identifier + ")" }

// notStarted tells why a plugin could not be run, in the words of the C worker.
func (r *PluginRules) notStarted(err error, begin time.Time) PluginOutcome {
	o := PluginOutcome{Start: begin, Finish: r.Now()}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.Code, o.Output = r.outOfBounds(codeNotFound, "")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR):
		o.Code, o.Output = r.outOfBounds(codeNotExecutable, "")
	default:
		o.Code, o.Output = nagios.StateUnknown, "UNKNOWN: "+err.Error()+r.worker()
	}
	return o
}
