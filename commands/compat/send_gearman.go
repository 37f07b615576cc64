package compat

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gearctl/commands/internal/cli"
)

// senderForms are the options that send_gearman and send_multi share.
func senderForms() []option {
	return []option{
		{"--server=HOST[:PORT],…", "servers; the first that accepts gets the results"},
		{"--dupserver=HOST[:PORT],…", "servers that get a copy"},
		{"--config=FILE", "read options from FILE"},
		{"--key=TEXT, --keyfile=FILE", "the key; the first line of FILE"},
		{"--encryption=yes|no", "encrypt"},
		{"--result_queue=QUEUE", "the queue (check_results)"},
		{"--timeout=SEC, -t=SEC", "seconds to wait for stdin (10)"},
		{"--debug=N", "2 and more: print on stderr what is sent"},
		{"--version, -V", "print the version"},
		{"--help, -h", "print this"},
	}
}

func sendGearman() *tool {
	return &tool{
		name: "send_gearman", aliases: []string{"nagios-send-gearman"}, instead: "result send", short: "send check results, as send_gearman", changes: true,
		example: cli.Example{Line: "gearctl compat send_gearman --server=gm1 --host=web1 --service=disk -r=2 --message='disk full'", What: "one result"},
		details: `Options are KEY=VALUE with or without dashes; -r 2 in two words is taken, too.
Without --host each line of stdin is a result, HOST TAB SERVICE TAB CODE TAB
OUTPUT or HOST TAB CODE TAB OUTPUT. Every other option of Mod-Gearman is taken
and changes nothing; what is no option is refused. Results are encrypted if
there is a key. Exit codes: 0 all sent, 3 otherwise.`,
		options: append(senderForms(),
			option{"--host=HOST", "the host; the output is --message or stdin"},
			option{"--service=NAME", "the service; without it is a result of the host"},
			option{"--message=TEXT, -m=TEXT", "the output"},
			option{"--returncode=N, -r=N", "0 to 3 (0); also --return_code"},
			option{"--delimiter=C, -d=C", "what separates fields (TAB)"},
			option{"--active", "an active result"},
			option{"--starttime=T", "seconds since 1970; also --finishtime=T"},
			option{"--latency=SEC", "how late the check was"},
			option{"--retries=N", "as the tool in Go; also --retry-interval=SEC"},
		),
		run: runSendGearman,
	}
}

func runSendGearman(ctx context.Context, c *call) error {
	if what := asksFor(c.args); what != "" {
		return c.answerOnly(what)
	}
	o := &sendOptions{delimiter: "\t", timeout: 10, connectTimeout: stepTimeout}
	err := o.parse(c.args)
	for _, w := range o.warnings {
		c.say("%s: %s", c.tool.name, w)
	}
	if err == nil && len(o.servers) == 0 {
		err = errNoServer
	}
	encrypt := false
	if err == nil {
		encrypt, err = o.encrypt(true)
	}
	switch {
	case err != nil:
	case o.host == nil && (o.message != nil || o.service != nil):
		err = errors.New("--message and --service need --host")
	case o.service != nil && *o.service == "":
		err = errors.New("--service is empty; without --service it is a result of the host")
	}
	if err != nil {
		return c.wrong(err)
	}
	input := o.single()
	stdin := c.env.Stdin
	if o.host == nil {
		input = []string{"--lines", "--raw-message", "--delimiter=" + o.delimiter[:1]}
		stdin = newSqueezer(stdin, o.delimiter)
	}
	if o.active {
		input = append(input, "--active")
	}
	argv, variables := o.argv("send_gearman", encrypt, input)
	return c.outcome(o, c.sendResults(ctx, argv, variables, stdin))
}

// single returns the flags for one result.
func (o *sendOptions) single() (flags []string) {
	if o.host == nil {
		return nil
	}
	flags = []string{"--host=" + *o.host}
	if o.service != nil {
		flags = append(flags, "--service="+*o.service)
	}
	if o.message != nil {
		flags = append(flags, "--message="+*o.message)
	} else if o.timeout > 0 {
		flags = append(flags, "--input-timeout="+strconv.Itoa(o.timeout)+"s")
	}
	for flag, value := range map[string]string{"--returncode=": o.code, "--start-time=": o.start, "--finish-time=": o.finish, "--latency=": o.latency} {
		if value != "" {
			flags = append(flags, flag+value)
		}
	}
	return flags
}

// outcome prints what send_gearman prints at its end.
func (c *call) outcome(o *sendOptions, s sent) error {
	out := c.env.Stdout
	switch {
	case s.code == 0:
		if o.host == nil {
			fmt.Fprintf(out, "%d data packet(s) sent to host successfully.\n", s.sent)
		}
		return nil
	case s.timed:
		fmt.Fprintf(out, "got no input after %d seconds! Either send plugin output to stdin or use --message=...\n", o.timeout)
	case s.bad > 0 && s.sent > 0: // of the input, which nobody but stderr has told of
		fmt.Fprintf(c.env.Stderr, "%s: %s\n", c.tool.name, s.last)
		fmt.Fprintf(out, "%d data packet(s) sent to host successfully.\n", s.sent)
	default:
		fmt.Fprintf(out, "sending job to gearmand failed: %s\n", s.last)
		if o.host == nil {
			fmt.Fprintln(out, "failed to send result!")
		}
	}
	return c.exit(3, s.err())
}
