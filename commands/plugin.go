package commands

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"time"

	"gearctl/wire/modgearman"
)

// maxPluginOutput is the most that a plugin may write; it is ended when it writes more.
const maxPluginOutput = modgearman.MaxOutput

// pluginRules say how plugins are run, as mod_gearman_worker.conf does.
type pluginRules struct {
	env           []string // of every plugin
	now           func() time.Time
	identifier    string        // of the worker, for the texts of what went wrong
	jobTimeout    time.Duration // for a job that brings no time-out of its own
	timeoutReturn int           // the code of a plugin that took too long
	showErrors    bool          // append what the plugin wrote to stderr
	paths         []string      // restrict_path: only what lies below; none: anything
	forbidden     string        // restrict_command_characters, in force with paths only
}

// pluginRun is a plugin to be run.
type pluginRun struct {
	line    string
	kind    modgearman.Kind // for the text of a time-out; KindUnknown: no job of Mod-Gearman
	timeout time.Duration   // 0: that of the rules
	env     []string        // besides that of the rules
}

// pluginOutcome is what a plugin is reported with: always a code from 0 to 3 and a text.
type pluginOutcome struct {
	code            int
	output          string
	start, finish   time.Time
	timedOut, ended bool // ended: by us, for it wrote too much or we were told to stop
}

// run runs a plugin and waits for its end. When ctx ends the plugin is killed.
func (r *pluginRules) run(ctx context.Context, p pluginRun) pluginOutcome {
	if why := r.refuse(p.line); why != "" {
		now := r.now()
		return pluginOutcome{code: stateUnknown, output: "UNKNOWN: " + why + r.worker(), start: now, finish: now}
	}
	if p.timeout <= 0 {
		p.timeout = r.jobTimeout
	}
	proc := &process{
		argv: pluginArgv(p.line), env: append(slices.Clip(r.env), p.env...), now: r.now,
		timeout: p.timeout, limit: maxPluginOutput, killAtLimit: true,
	}
	begin := r.now()
	res, err := runProcess(ctx, proc)
	if errors.Is(err, syscall.ENOEXEC) { // a script without #!: execvp(3) gives it to the shell
		proc.argv = append([]string{shell}, proc.argv...)
		res, err = runProcess(ctx, proc)
	}
	if err != nil {
		return r.notStarted(err, begin)
	}
	return r.judge(ctx, p.kind, res)
}

// worker is the mark that the texts of the C worker end with.
func (r *pluginRules) worker() string { return " (worker: " + r.identifier + ")" }

// notStarted tells why a plugin could not be run, in the words of the C worker.
func (r *pluginRules) notStarted(err error, begin time.Time) pluginOutcome {
	o := pluginOutcome{start: begin, finish: r.now()}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.code, o.output = r.outOfBounds(codeNotFound, "")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR):
		o.code, o.output = r.outOfBounds(codeNotExecutable, "")
	default:
		o.code, o.output = stateUnknown, "UNKNOWN: "+err.Error()+r.worker()
	}
	return o
}
