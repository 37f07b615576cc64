package commands

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"gearctl/output"
	"gearctl/wire/modgearman"
)

// The states of a check, which are the exit codes of a plugin.
const (
	stateOK       = 0
	stateWarning  = 1
	stateCritical = 2
	stateUnknown  = 3
)

// Exit codes by which a shell tells that it could not run a command.
const (
	codeNotExecutable = 126
	codeNotFound      = 127
	codeSignal        = 128 // and the signal's number
)

// noOutput stands for the output of a plugin that wrote nothing: the module discards a result without one.
const noOutput = "(No output returned from plugin)"

// headOfFlood is how much is shown of an output that was over the limit.
const headOfFlood = 1000

// judge makes of how a process ended what the C worker makes of it (common/check_utils.c execute_safe_command).
func (r *pluginRules) judge(ctx context.Context, kind modgearman.Kind, res *processResult) pluginOutcome {
	o := pluginOutcome{start: res.started, finish: res.started.Add(res.took), timedOut: res.timedOut}
	text := pluginText(res.stdout)
	switch {
	case res.timedOut:
		o.code, o.output = r.timeoutReturn, timeoutText(kind)+" Timed Out On Worker: "+r.identifier+")"
		return o
	case res.overLimit:
		o.ended, o.code = true, stateUnknown
		o.output = fmt.Sprintf("UNKNOWN: the plugin wrote more than %s and was killed%s\n%s", output.Bytes(maxPluginOutput), r.worker(), text[:min(len(text), headOfFlood)])
		return o
	case ctx.Err() != nil && res.signal != 0:
		o.ended, o.code, o.output = true, stateUnknown, "UNKNOWN: the plugin was stopped early"+r.worker()
		return o
	}
	o.code, o.output = res.code, text
	if o.code > stateUnknown {
		o.code, o.output = r.outOfBounds(o.code, text)
	}
	if errs := strings.TrimSpace(pluginText(res.stderr)); r.showErrors && errs != "" {
		o.output = strings.TrimPrefix(o.output+"\n["+errs+"]", "\n")
	}
	if o.output == "" {
		o.output = noOutput
	}
	return o
}

// pluginText is what a plugin wrote, without NUL bytes, which no result can carry, and without line ends at the end.
func pluginText(b []byte) string {
	return strings.TrimRight(string(bytes.ReplaceAll(b, []byte{0}, nil)), "\r\n")
}

func timeoutText(kind modgearman.Kind) string {
	switch kind {
	case modgearman.KindHost:
		return "(Host Check"
	case modgearman.KindService:
		return "(Service Check"
	}
	return "(Check"
}

// outOfBounds is the state and text for an exit code over 3.
func (r *pluginRules) outOfBounds(code int, text string) (int, string) {
	why := fmt.Sprintf("CRITICAL: Return code of %d is out of bounds.", code)
	switch {
	case code == codeNotExecutable:
		why += " Make sure the plugin you're trying to run is executable."
	case code == codeNotFound:
		why += " Make sure the plugin you're trying to run actually exists."
	case code > codeSignal && unix.SignalName(syscall.Signal(code-codeSignal)) != "":
		why += " Plugin exited by signal " + unix.SignalName(syscall.Signal(code-codeSignal)) + "."
	}
	why += r.worker()
	if text != "" {
		why += "\n" + text
	}
	return stateCritical, why
}
