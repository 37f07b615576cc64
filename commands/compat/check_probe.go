package compat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/probe"
	"gearctl/wire"
)

// probe sends a job to a queue and prints the answer.
func (k *checkCall) probe(ctx context.Context) error {
	answer, err := k.ask(ctx)
	if err != nil {
		return k.failed(ctx, err)
	}
	if k.background {
		return k.state(nagios.StateOK, "sending background job succeded")
	}
	answer, _, _ = bytes.Cut(answer, []byte{0}) // the module's is a C string
	text := string(answer)
	switch {
	case k.expects && strings.Contains(text, k.expect):
		return k.state(nagios.StateOK, fmt.Sprintf("send worker '%s' response: '%s'", k.text, text))
	case k.expects:
		return k.state(nagios.StateCritical, fmt.Sprintf("send worker: '%s' response: '%s', expected '%s'", k.text, text, k.expect))
	case len(text) > 1 && text[1] == ':' && '0' <= text[0] && text[0] <= '9':
		fmt.Fprintf(k.env.ExactStdout(), "%s\n", text[2:])
		if state := int(text[0] - '0'); state > nagios.StateOK {
			return cmderr.PluginState(min(state, nagios.StateUnknown))
		}
		return nil
	case text == "":
		text = "(null)"
	}
	return k.state(nagios.StateOK, text)
}

// errNoText is a -s without text, which libgearman refuses.
var errNoText = errors.New("GEARMAN_INVALID_ARGUMENT: -s has no text")

// ask sends the job to the first server that accepts it and returns the answer.
func (k *checkCall) ask(ctx context.Context) ([]byte, error) {
	if k.text == "" {
		return nil, errNoText
	}
	d := k.dialer(k.timeout)
	if k.verbose {
		d.Trace = k.trace
	}
	c, _, err := d.DialFirst(ctx, k.servers)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	r := probe.Request{Queue: k.queue, Text: []byte(k.text), Unique: k.unique}
	if status := probe.StatusRequest(k.queue); k.text == "check" {
		r.Text = status.Text
	}
	if !k.background {
		return r.Send(ctx, d, c)
	}
	job := &wire.Submission{Function: k.queue, Unique: k.unique, Workload: []byte(k.text), Priority: wire.PriorityHigh, Background: true}
	if err := job.Check(); err != nil {
		return nil, err
	}
	_, err = c.Submit(ctx, job)
	return nil, err
}

func (k *checkCall) failed(ctx context.Context, err error) error {
	var silent *probe.NoReplyError
	var nobody *probe.NoWorkerError
	why := cmderr.OneLine(err)
	switch {
	case errors.As(err, &silent) && silent.Failed:
		why = "GEARMAN_WORK_FAIL"
	case errors.As(err, &silent), errors.As(err, &nobody):
		why = "GEARMAN_TIMEOUT: " + why
	case wire.IsUnreachable(err):
		why = "GEARMAN_COULD_NOT_CONNECT: " + why
	case ctx.Err() != nil:
		fmt.Fprintf(k.env.Stdout, "timeout while waiting for %s\n", k.servers[len(k.servers)-1])
		return cmderr.PluginState(nagios.StateCritical)
	}
	return k.state(nagios.StateCritical, "job failed: "+nagios.EscapeLine(why))
}

// state prints the line of the plugin and returns its exit code.
func (k *checkCall) state(state int, text string) error {
	fmt.Fprintf(k.env.ExactStdout(), "check_gearman %s - %s\n", nagios.StateName(state), text)
	if state == nagios.StateOK {
		return nil
	}
	return cmderr.PluginState(state)
}
