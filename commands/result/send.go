package result

import (
	"context"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/timespec"
	"gearctl/output"
)

// serverRow sums up what was sent to one server.
type serverRow struct {
	Server     string  `json:"server" out:"name"`
	Role       string  `json:"role" out:"drop3"` // server, or dupserver for copies
	Queue      string  `json:"queue" out:"name"`
	Sent       int64   `json:"sent" out:"keep"`
	Refused    int64   `json:"refused" out:"drop6"`
	Unanswered int64   `json:"unanswered" out:"drop6"` // the connection broke: they may have arrived or not
	Bad        int64   `json:"bad" out:"drop6"`        // of the input: not sent at all
	Bytes      int64   `json:"bytes" out:"bytes,drop2"`
	Duration   float64 `json:"duration_seconds" out:"seconds,drop1"`
}

// The roles of servers.
const (
	roleServer    = "server"
	roleDupserver = "dupserver"
)

// Style marks results that did not arrive.
func (r serverRow) Style(key string) output.Style {
	if key == "refused" && r.Refused > 0 || key == "unanswered" && r.Unanswered > 0 || key == "bad" && r.Bad > 0 {
		return output.Bad
	}
	return output.Plain
}

// resultRow is a result and its outcome.
type resultRow struct {
	Number     int64  `json:"number"` // of the line or the child, from 1
	Server     string `json:"server" out:"name"`
	Queue      string `json:"queue" out:"name"`
	Host       string `json:"host" out:"name"`
	Service    string `json:"service" out:"name"`
	ReturnCode *int   `json:"return_code"`
	Handle     string `json:"handle" out:"drop2"`
	Unique     string `json:"unique" out:"drop1"`
	State      string `json:"state" out:"keep"` // sent, refused, unanswered or bad
	Error      string `json:"error" out:"wide"`
}

// The states of a result.
const (
	stateSent       = "sent"
	stateUnanswered = "unanswered"
	stateBad        = "bad"
)

type sendOptions struct {
	host, service, message cli.OptionalText
	code                   returnCode
	active                 bool
	start, finish          string
	latency                time.Duration
	source                 string
	queue                  string
	lines, checkMulti      bool
	delimiter              string
	rawMessage             bool // of lines
	inputTimeout           time.Duration
	all                    bool
	dupservers             urfave.StringSlice
	retries                int
	retryInterval          time.Duration
	keys                   cli.KeyFlags

	startTime, finishTime time.Time // zero: the moment of sending
}

func newSend(env *cli.Env) *cli.Command {
	var o sendOptions
	return &cli.Command{
		Name: "send", Group: cli.GroupModGearman, Short: "send check results to the monitoring core", Changes: true,
		Examples: []cli.Example{
			{Line: "gearctl result send --host web1 --service disk -r CRITICAL -m 'disk full|/=99%' --key-file key.txt", What: "one result, encrypted"},
			{Line: "gearctl result send --host web1 --service backup -r OK --key-file key.txt < backup.log", What: "multi-line output"},
			{Line: "gearctl result send --lines --delimiter ';' --config mod_gearman_neb.conf < results.csv", What: "one result per line, with servers, queue and key from a configuration"},
			{Line: "check_multi -f checks.cmd -r 256 | gearctl result send --check-multi --host web1", What: "one result per child"},
		},
		Long:    sendHelp,
		Flags:   append(o.flags(), o.keys.Flags(false)...),
		Columns: sendColumns,
		Choices: map[string][]string{"returncode": slices.Concat(nagios.StateNames, hostStates)},
		Run: func(ctx context.Context, _ cli.Words) error {
			return runSend(ctx, env, &o)
		},
	}
}

// sendColumns are the keys of both kinds of rows.
func sendColumns() []string {
	keys := output.Keys(output.ColumnsOf[serverRow]())
	for _, key := range output.Keys(output.ColumnsOf[resultRow]()) {
		if key != "server" && key != "queue" {
			keys = append(keys, key)
		}
	}
	return keys
}

func (o *sendOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.GenericFlag{Name: "host", Aliases: []string{"H"}, Value: &o.host, Usage: "`NAME` of the host as the core knows it"},
		&urfave.GenericFlag{Name: "service", Aliases: []string{"S"}, Value: &o.service, Usage: "`NAME` of the service; omit it for a host result"},
		&urfave.GenericFlag{Name: "message", Aliases: []string{"m"}, Value: &o.message, Usage: "plugin `OUTPUT`, may contain newlines (default: the whole of stdin)"},
		&urfave.GenericFlag{Name: "returncode", Aliases: []string{"r"}, Value: &o.code, Usage: "`CODE`: 0 to 3, or OK, WARNING, CRITICAL, UNKNOWN; of a passive host result 0 to 2, or UP, DOWN, UNREACHABLE (default: 0)"},
		&urfave.BoolFlag{Name: "active", Destination: &o.active, Usage: "send as an active check result (default: passive)"},
		&urfave.StringFlag{Name: "start-time", Destination: &o.start, Usage: "`TIME` when the check began: seconds since 1970, -30s, 15:04, RFC 3339 (default: now)"},
		&urfave.StringFlag{Name: "finish-time", Destination: &o.finish, Usage: "`TIME` when it was done (default: now)"},
		cli.DurationFlag("latency", &o.latency, 0, "the check began `DURATION` after it was due"),
		&urfave.StringFlag{Name: "source", Destination: &o.source, Value: cli.Program, Usage: "`NAME` that the core shows as the check's source"},
		&urfave.StringFlag{Name: "queue", Destination: &o.queue, Usage: "the `QUEUE` of results (default: result_queue of --config, else check_results)"},
		&urfave.BoolFlag{Name: "lines", Aliases: []string{"l"}, Destination: &o.lines, Usage: "read one result per line of stdin (default without --host)"},
		&urfave.StringFlag{Name: "delimiter", Aliases: []string{"d"}, Destination: &o.delimiter, Value: `\t`, Usage: "field separator `TEXT` of --lines"},
		&urfave.BoolFlag{Name: "raw-message", Destination: &o.rawMessage, Usage: "with --lines, keep \\n and \\\\ in OUTPUT as they are, like send_gearman"},
		&urfave.BoolFlag{Name: "check-multi", Destination: &o.checkMulti, Usage: "read a check_multi XML report from stdin, one result per child"},
		cli.DurationFlag("input-timeout", &o.inputTimeout, 0, "wait up to `DURATION` for stdin; 0: forever"),
		&urfave.BoolFlag{Name: "all", Destination: &o.all, Usage: "send to every listed server, not only to the first that accepts"},
		&urfave.StringSliceFlag{Name: "dupserver", Destination: &o.dupservers, Usage: "send a copy to `HOST[:PORT]`; repeatable (default: those of --config)"},
		&urfave.IntFlag{Name: "retries", Destination: &o.retries, Usage: "retry `N` times if no server accepts"},
		cli.DurationFlag("retry-interval", &o.retryInterval, time.Second, "wait `DURATION` between retries"),
	}
}

// complete validates the flags and fills in what follows from them.
func (o *sendOptions) complete(env *cli.Env) (err error) {
	if err := o.checkSource(); err != nil {
		return err
	}
	if o.delimiter == `\t` {
		o.delimiter = "\t"
	}
	if err := o.parseTimes(env.Now()); err != nil {
		return err
	}
	if o.queue, err = env.ResultQueue(o.queue); err != nil {
		return err
	}
	if err := servers.CheckQueueName(o.queue); err != nil {
		return err
	}
	if o.retries < 0 {
		return cmderr.Usagef("--retries %d: must not be negative", o.retries)
	}
	return nil
}

// checkSource decides where the results come from.
func (o *sendOptions) checkSource() error {
	named := o.host.Given || o.service.Given || o.message.Given || o.code.StateCode != 0
	o.lines = o.lines || !named && !o.checkMulti
	switch {
	case o.lines && (named || o.checkMulti):
		return cmderr.Usagef("--lines takes host, service, return code and output from each line: not with --host, --service, --message, --returncode or --check-multi")
	case o.delimiter == "" || o.delimiter == "\n":
		return cmderr.Usagef("--delimiter %q: must be non-empty and without newlines", o.delimiter)
	case !o.lines && o.host.Text == "":
		return cmderr.Usagef("no --host given").Hint("for one result use --host and --service; for one per line --lines")
	case o.service.Given && o.service.Text == "":
		return cmderr.Usagef("--service is empty").Hint("omit it for a host result")
	case o.message.Given && o.message.Text == "":
		return cmderr.Usagef("--message is empty, but the core discards results without output")
	case o.checkMulti && (o.service.Given || o.message.Given || o.code.StateCode != 0 || o.start != "" || o.finish != "" || o.latency != 0):
		return cmderr.Usagef("--check-multi takes everything but the host from the report: not with --service, --message, --returncode, --latency or times")
	}
	return o.checkCode()
}

func (o *sendOptions) parseTimes(now time.Time) error {
	for _, t := range []struct {
		flag, text string
		dst        *time.Time
	}{{"start-time", o.start, &o.startTime}, {"finish-time", o.finish, &o.finishTime}} {
		if t.text == "" {
			continue
		}
		var err error
		if *t.dst, err = timespec.ParsePast(t.text, now); err != nil {
			return cmderr.Usagef("--%s %.100q: %v", t.flag, t.text, err)
		}
	}
	if o.finish != "" && o.startTime.After(o.finishTime) {
		return cmderr.Usagef("--finish-time is before --start-time")
	}
	return nil
}

func runSend(ctx context.Context, env *cli.Env, o *sendOptions) error {
	if err := o.complete(env); err != nil {
		return err
	}
	in := newSource(env, o)
	s, err := newDispatcher(env, o)
	if err != nil {
		return err
	}
	if err := s.encode(in.sample()); err != nil {
		return cmderr.Usagef("%v", err)
	}
	defer in.close()
	defer s.closeConns()
	if err := s.open(ctx); err != nil {
		return err
	}
	return s.finish(s.run(ctx, in))
}
