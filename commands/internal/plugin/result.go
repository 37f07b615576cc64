package plugin

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/process"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// Exit codes of a shell that could not run a command.
const (
	codeNotExecutable = 126
	codeNotFound      = 127
	codeSignal        = 128 // and the signal's number
)

// noOutput is reported for a plugin that wrote nothing: the module discards results without output.
const noOutput = "(No output returned from plugin)"

// shownExcess is how much is shown of output over the limit.
const shownExcess = 1000

// result reports how a process ended as the C worker does (common/check_utils.c execute_safe_command).
func (r *Runner) result(ctx context.Context, kind modgearman.Kind, res *process.Result) Result {
	o := Result{Start: res.Started, Finish: res.Started.Add(res.Took)}
	text := cleanOutput(res.Stdout)
	switch {
	case res.TimedOut:
		o.Code, o.Output = r.TimeoutReturn, timeoutText(kind)+" Timed Out On Worker: "+r.Identifier+")"
		return o
	case res.OverLimit:
		o.Code = nagios.StateUnknown
		o.Output = fmt.Sprintf("UNKNOWN: the plugin wrote more than %s and was killed%s\n%s", output.Bytes(maxOutput), r.workerSuffix(), text[:min(len(text), shownExcess)])
		return o
	case ctx.Err() != nil && res.Signal != 0:
		o.Code, o.Output = nagios.StateUnknown, "UNKNOWN: the plugin was stopped early"+r.workerSuffix()
		return o
	}
	o.Code, o.Output = res.Code, text
	if o.Code > nagios.StateUnknown {
		o.Code, o.Output = r.outOfBounds(o.Code, text)
	}
	if errs := strings.TrimSpace(cleanOutput(res.Stderr)); r.ShowStderr && errs != "" {
		o.Output = strings.TrimPrefix(o.Output+"\n["+errs+"]", "\n")
	}
	if o.Output == "" {
		o.Output = noOutput
	}
	return o
}

// cleanOutput removes NUL bytes, which no result can carry, and newlines at the end.
func cleanOutput(b []byte) string {
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

// outOfBounds returns state and text for an exit code over 3.
func (r *Runner) outOfBounds(code int, text string) (int, string) {
	why := fmt.Sprintf("CRITICAL: Return code of %d is out of bounds.", code)
	switch {
	case code == codeNotExecutable:
		why += " Make sure the plugin you're trying to run is executable."
	case code == codeNotFound:
		why += " Make sure the plugin you're trying to run actually exists."
	case code > codeSignal && unix.SignalName(syscall.Signal(code-codeSignal)) != "":
		why += " Plugin exited by signal " + unix.SignalName(syscall.Signal(code-codeSignal)) + "."
	}
	why += r.workerSuffix()
	if text != "" {
		why += "\n" + text
	}
	return nagios.StateCritical, why
}
