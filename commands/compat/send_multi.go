package compat

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

func sendMulti() *tool {
	return &tool{
		name: "send_multi", aliases: []string{"nagios-send-multi"}, instead: "result send --check-multi", short: "send the children of check_multi, as send_multi", changes: true,
		example: cli.Example{Line: "check_multi -f checks.cmd -r 256 | gearctl compat send_multi --server=gm1 --host=web1", What: "a result for each child"},
		details: `Reads the XML report of check_multi (-r 256) from stdin. The server is localhost
unless --server names one. Results are encrypted only with --encryption=yes.
Exit codes: 0 all sent, 2 no input in time, 3 otherwise.`,
		options: append(senderForms(), option{"--host=HOST", "the host; it must be given"}),
		run:     runSendMulti,
	}
}

// keptInput is how much of the input is kept to be shown: as much as send_multi reads at a time.
const keptInput = 64 << 10

func runSendMulti(ctx context.Context, c *call) error {
	if what := asksFor(c.args); what != "" {
		return c.answerOnly(what)
	}
	o := &sendOptions{timeout: 10, connectTimeout: stepTimeout}
	err := o.parse(c.args)
	for _, w := range o.warnings {
		c.say("%s: %s", c.tool.name, w)
	}
	if len(o.servers) == 0 {
		o.servers = []string{"localhost"}
	}
	if err == nil && o.host == nil {
		err = cmderr.Errorf("got no hostname, please use --host=...")
	}
	encrypt := false
	if err == nil {
		encrypt, err = o.encrypt(false)
	}
	if err != nil {
		return c.wrong(err)
	}
	if o.hasKey() && !encrypt {
		c.say("%s: the key is not used without --encryption=yes", c.tool.name)
	}
	input := []string{"--check-multi", "--host=" + *o.host}
	if o.active {
		input = append(input, "--active")
	}
	if o.timeout > 0 {
		input = append(input, "--input-timeout="+strconv.Itoa(o.timeout)+"s")
	}
	argv, variables := o.argv("send_multi", encrypt, input)
	head := &headReader{r: c.env.Stdin}
	s := c.sendResults(ctx, argv, variables, head)
	return c.multiOutcome(o, s, head.kept)
}

// multiOutcome prints what send_multi prints at its end.
func (c *call) multiOutcome(o *sendOptions, s sent, head []byte) error {
	out := c.env.Stdout
	switch {
	case s.code == 0:
		fmt.Fprintf(out, "send_multi OK: %s submitted\n", children(s.sent))
		return nil
	case s.timed:
		fmt.Fprintf(out, "Timeout after %d seconds - got no input! Send plugin output to stdin.\n", o.timeout)
		return c.exit(2, s.err())
	case strings.HasPrefix(s.last, "no check_multi child") && isText(head):
		fmt.Fprintf(out, "send_multi UNKNOWN: error msg in input buffer: %s\n", head)
	case strings.HasPrefix(s.last, "no check_multi child"):
		fmt.Fprintf(out, "send_multi UNKNOWN: %s submitted\n", children(0))
	case strings.HasPrefix(s.last, "read check_multi "):
		fmt.Fprintf(out, "send_multi UNKNOWN: %s\n", strings.TrimPrefix(s.last, "read check_multi "))
	case s.bad > 0:
		fmt.Fprintf(c.env.Stderr, "%s: %s\n", c.tool.name, s.last)
		fmt.Fprintf(out, "send_multi UNKNOWN: %s submitted, %d could not be read\n", children(s.sent), s.bad)
	default:
		fmt.Fprintf(out, "sending job to gearmand failed: %s\nsend_multi UNKNOWN: %s submitted\n", s.last, children(s.sent))
	}
	return c.exit(3, s.err())
}

func children(n int64) string {
	if n == 1 {
		return "1 check_multi child check"
	}
	return fmt.Sprintf("%d check_multi child checks", n)
}

// isText reports whether an input is a message for people.
func isText(b []byte) bool {
	for _, c := range b {
		if c == 0 || c >= 0x80 {
			return false
		}
	}
	return len(b) > 0
}

// headReader keeps the beginning of what is read.
type headReader struct {
	r    io.Reader
	kept []byte
}

func (h *headReader) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if more := min(n, keptInput-len(h.kept)); more > 0 {
		h.kept = append(h.kept, p[:more]...)
	}
	return n, err
}
