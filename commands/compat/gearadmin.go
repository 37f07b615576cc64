package compat

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

func gearadmin() *tool {
	return &tool{
		name: "gearadmin", instead: "status, workers, jobs, version, queue, raw", short: "admin commands of gearmand, as gearadmin", changes: true,
		example: cli.Example{Line: "gearctl compat gearadmin -h gm1 -p 4730 --status", What: "as gearadmin prints it"},
		details: `Long options may be abbreviated. Several actions run in gearadmin's order: the
last of this list first. An answer ERR is printed on stderr and the exit code is
0; GEARCTL_STRICT=1 makes it 1. --drop-function is refused for a queue that has
jobs, which damages gearmand.`,
		options: []option{
			{"--help", "print this"},
			{"-h, --host HOST", "the server (localhost)"},
			{"-p, --port PORT", "its port, a number or a service (4730)"},
			{"-S, --ssl", "TLS, by GEARMAND_CA_CERTIFICATE, GEARMAN_CLIENT_PEM"},
			{"--status", "queues: name, jobs, running, workers"},
			{"--priority-status", "waiting jobs by priority"},
			{"--workers", "connections and the queues that they serve"},
			{"--server-version", "the version"},
			{"--server-verbose", "the verbosity of its log"},
			{"--cancel-job HANDLE", "cancel a waiting job"},
			{"--show-unique-jobs", "unique keys"},
			{"--show-jobs", "handles"},
			{"--drop-function NAME", "remove a queue"},
			{"--create-function NAME", "create a queue"},
			{"--getpid", "process ID of the server"},
		},
		run: runGearadmin,
	}
}

// adminAction is an action of gearadmin: an option, and the admin command it sends.
type adminAction struct {
	option, command string
	value           bool
	list            bool // the answer is a list, whose lines may begin with anything
}

// adminActions returns the actions in the order in which they run when several are given.
func adminActions() []adminAction {
	return []adminAction{
		{option: "getpid", command: "getpid"},
		{option: "create-function", command: "create function", value: true},
		{option: "drop-function", command: "drop function", value: true},
		{option: "show-jobs", command: "show jobs", list: true},
		{option: "show-unique-jobs", command: "show unique jobs", list: true},
		{option: "cancel-job", command: "cancel job", value: true},
		{option: "server-verbose", command: "verbose"},
		{option: "server-version", command: "version"},
		{option: "workers", command: "workers", list: true},
		{option: "priority-status", command: "prioritystatus", list: true},
		{option: "status", command: "status", list: true},
	}
}

func gearadminOptions() []longOption {
	known := []longOption{{name: "help"}, {name: "host", short: 'h', value: true}, {name: "port", short: 'p', value: true}, {name: "ssl", short: 'S'}}
	for _, a := range adminActions() {
		known = append(known, longOption{name: a.option, value: a.value})
	}
	return known
}

// adminTimeout bounds each step: gearmand stays silent while it makes a list of some million jobs.
const adminTimeout = 30 * time.Second

func runGearadmin(ctx context.Context, c *call) error {
	found, err := parseLong(gearadminOptions(), c.args)
	if err != nil {
		if strings.HasSuffix(err.Error(), "'--shutdown'") {
			err = fmt.Errorf("%w: gearadmin has lost it with 1.1.15; stop the service, or: gearctl raw shutdown", err)
		}
		fmt.Fprintf(c.env.Stdout, "%s : %v\n\n", c.tool.name, err)
		c.usage(c.env.Stdout)
		return c.exit(1, cmderr.Usagef("%v", err))
	}
	if _, help := found["help"]; help {
		c.usage(c.env.Stdout)
		return nil
	}
	a := &admin{call: c, host: "localhost", port: wire.DefaultPort, w: bufio.NewWriterSize(c.env.ExactStdout(), 64<<10)}
	if host, given := found["host"]; given {
		a.host = host
	}
	if port, given := found["port"]; given {
		a.port = port
	}
	var actions []adminAction
	for _, action := range adminActions() {
		if value, given := found[action.option]; given {
			if action.value {
				action.command += " " + value
			}
			actions = append(actions, action)
		}
	}
	if len(actions) == 0 {
		io.WriteString(c.env.Stdout, "No option execution operation given.\n\n")
		c.usage(c.env.Stdout)
		return c.exit(1, cmderr.Usagef("no action given"))
	}
	_, secure := found["ssl"]
	return a.run(ctx, secure, actions)
}

// admin is a gearadmin with its connection.
type admin struct {
	*call
	host, port string
	conn       *wire.Conn
	w          *bufio.Writer
	refused    error // the first answer ERR
}

func (a *admin) run(ctx context.Context, secure bool, actions []adminAction) error {
	d := a.dialer(adminTimeout)
	d.MaxAnswer = 1 << 40 // nothing is kept
	if secure {
		if err := a.secure(d); err != nil {
			a.say("Error: %v", err)
			return a.exit(1, err)
		}
	}
	list, err := wire.ParseServers(net.JoinHostPort(a.host, a.port))
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("no server given")
	}
	if err != nil {
		a.say("Error: Failed to connect on %s:%s with %v", a.host, a.port, err)
		return a.exit(1, err)
	}
	if a.conn, err = d.Dial(ctx, list[0]); err != nil {
		a.unreachable(err)
		return a.exit(1, err)
	}
	defer a.conn.Close()
	for _, action := range actions {
		err := a.do(ctx, action)
		err = errors.Join(a.w.Flush(), err)
		if cmderr.IsReaderGone(err) {
			return a.exit(0, a.refused)
		}
		if err != nil {
			if ctx.Err() == nil {
				a.say("Error: %v", err)
			}
			return a.exit(1, err)
		}
	}
	return a.exit(0, a.refused)
}

func (a *admin) unreachable(err error) {
	var op *wire.OpError
	if errors.As(err, &op) && strings.Contains(op.Err.Error(), "no such host") {
		a.say("Error: Failed to connect on %s:%s with Name or service not known", a.host, a.port)
		return
	}
	a.say("Error: Error connecting to %s.\n%v", a.host, err)
}

// do sends the command of an action and prints the answer.
func (a *admin) do(ctx context.Context, action adminAction) error {
	if action.option == "drop-function" {
		if err := a.checkDrop(ctx, strings.TrimPrefix(action.command, "drop function ")); err != nil {
			return err
		}
	}
	first, failed := true, false
	return a.conn.Raw(ctx, action.command, func(line []byte) error {
		if first {
			first = false
			switch text, err := bytes.CutPrefix(line, []byte("ERR ")); {
			case err && !(action.list && bytes.IndexByte(line, '\t') >= 0):
				failed = true
				a.refused = cmp.Or(a.refused, fmt.Errorf("%s: %s", action.command, text))
				fmt.Fprintf(a.env.Stderr, "Error: %s\r\n", text)
			case action.list:
			default:
				line = bytes.TrimPrefix(line, []byte("OK "))
			}
			if failed {
				return nil
			}
		}
		a.w.Write(line)
		return a.w.WriteByte('\n')
	})
}

// checkDrop refuses to drop a queue that has jobs: gearmand, which ignores case here, loses them and is damaged.
func (a *admin) checkDrop(ctx context.Context, queue string) error {
	jobs := int64(0)
	_, err := a.conn.EachStatus(ctx, func(q wire.FunctionStatus) error {
		if strings.EqualFold(q.Function, queue) {
			jobs += wire.Counted(q.Total)
		}
		return nil
	})
	if err == nil && jobs > 0 {
		err = fmt.Errorf("queue %.100q has jobs: dropping it would damage the server; empty it first: gearctl -s %s drain %s", queue, a.conn.Server(), queue)
	}
	return err
}
