package compat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

func gearmanTop() *tool {
	return &tool{
		name: "gearman_top", aliases: []string{"nagios-gearman-top"}, instead: "top", short: "queues of servers, as gearman_top",
		example: cli.Example{Line: "gearctl compat gearman_top -b -H gm1:4730", What: "print the table once"},
		details: `Without -b it is the screen of gearctl top, whose keys include those of
gearman_top. The exit code is 0 also when no server could be reached;
GEARCTL_STRICT=1 makes it 3. Without -H the server is CONFIG_GEARMAND_PORT of
the environment, else localhost.`,
		options: []option{
			{"-H HOST[:PORT]", "a server; may be given several times; IPv6 as [::1]:4730"},
			{"-s HOST[:PORT]", "the same"},
			{"-i SEC", "seconds between two looks (1); with -b: print again and again"},
			{"-t SEC", "seconds to wait for a server (10)"},
			{"-q", "leave out queues without jobs and workers"},
			{"-b", "print and exit"},
			{"-v", "print what is sent and received on stderr"},
			{"-V", "print the version"},
			{"-h", "print this"},
		},
		run: runGearmanTop,
	}
}

// topCall is a gearman_top that runs.
type topCall struct {
	*call
	servers  []string
	interval string // empty: not given
	timeout  time.Duration
	batch    bool
	quiet    bool
	verbose  bool

	versions map[string]string // the last that each server told
}

func runGearmanTop(ctx context.Context, c *call) error {
	t := &topCall{call: c, timeout: 10 * time.Second, versions: map[string]string{}}
	found, _ := getopt("qvVhH:s:i:bt:", c.args)
	for _, o := range found {
		value := strings.TrimPrefix(o.value, "=") // the Go tool takes -H=HOST
		switch o.letter {
		case 'h':
			c.usage(c.env.Stdout)
			return nil
		case 'V':
			fmt.Fprintf(c.env.Stdout, "gearman_top: version %s of gearctl\n\n", c.env.Version)
			return nil
		case 'H', 's':
			t.servers = append(t.servers, value)
		case 'i':
			t.interval = value
		case 't':
			if n, _ := atoi(value); n > 0 {
				t.timeout = time.Duration(n) * time.Second
			}
		case 'b':
			t.batch = true
		case 'q':
			t.quiet = true
		case 'v':
			t.verbose = true
		case '?':
			fmt.Fprintf(c.env.Stdout, "Error - No such option: `%s'\n\n", o.value)
			c.usage(c.env.Stdout)
			return c.exit(0, cmderr.Usagef("no such option -%s", o.value))
		}
	}
	if len(t.servers) == 0 {
		t.servers = []string{"localhost"}
		if s := c.env.Getenv("CONFIG_GEARMAND_PORT"); s != "" {
			if _, number := atoi(s); number { // OMD's is 127.0.0.1:4730 or the port alone
				s = "localhost:" + s
			}
			t.servers = []string{s}
		}
	}
	if !t.batch {
		return t.screen(ctx)
	}
	return t.print(ctx)
}

// seconds returns the value of -i as a duration; 0: none that can be used.
func (t *topCall) seconds() time.Duration {
	f, err := strconv.ParseFloat(strings.TrimSpace(t.interval), 64)
	if err != nil || !(f > 0) {
		return 0
	}
	return max(50*time.Millisecond, time.Duration(min(f, 86400)*float64(time.Second)))
}

// screen runs gearctl top.
func (t *topCall) screen(ctx context.Context) error {
	argv := []string{"--server=" + strings.Join(t.servers, ","), "--timeout=" + t.timeout.String(), "top"}
	if d := t.seconds(); d > 0 {
		argv = append(argv, "--interval="+d.String())
	}
	if t.quiet {
		argv = append(argv, "--hide-empty")
	}
	code := t.gearctl(ctx, t.ownEnv(nil), argv)
	if code == 0 || t.env.Getenv(envStrict) == "1" {
		return cmderr.PluginState(code)
	}
	return nil
}

// print prints the table of each server, again and again with -i.
func (t *topCall) print(ctx context.Context) error {
	for {
		err := t.round(ctx)
		if cmderr.IsReaderGone(err) || ctx.Err() != nil {
			return nil
		}
		if t.seconds() == 0 {
			return t.exit(0, err)
		}
		if !cmderr.Pause(ctx, t.seconds()) {
			return nil
		}
	}
}

// round asks all servers at once and prints their answers in order.
func (t *topCall) round(ctx context.Context) error {
	looks := make([]*look, len(t.servers))
	var wg sync.WaitGroup
	for i, server := range t.servers {
		wg.Go(func() { looks[i] = t.look(ctx, server) })
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w := bufio.NewWriter(t.env.ExactStdout())
	var errs []error
	for _, l := range looks {
		if l.version != "" {
			t.versions[l.name] = l.version
		}
		servers.WriteClassicHeader(w, t.env.Now(), l.name, t.versions[l.name])
		if l.err != nil {
			errs = append(errs, l.err)
			fmt.Fprintf(w, " %s\n", output.Escape(cError(l.name, l.err)))
			if wire.IsUnreachable(l.err) {
				w.WriteString("\n")
			}
			continue
		}
		servers.WriteClassic(w, slices.DeleteFunc(l.queues, func(q wire.FunctionStatus) bool {
			return t.quiet && q.Workers == 0 && q.Total == 0
		}))
	}
	err := cmderr.SomeFailed(errs, len(errs) < len(looks))
	if ferr := w.Flush(); ferr != nil {
		return ferr
	}
	return err
}

// look is what a server answered.
type look struct {
	name    string // as it is printed
	version string
	queues  []wire.FunctionStatus
	err     error
}

func (t *topCall) look(ctx context.Context, server string) *look {
	l := &look{name: serverName(server)}
	list, err := wire.ParseServers(server)
	if err == nil && len(list) == 0 {
		list = []string{"localhost:" + wire.DefaultPort}
	}
	if err != nil {
		l.err = err
		return l
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	d := t.dialer(t.timeout)
	if t.verbose {
		d.Trace = t.trace
	}
	snapshot, err := wire.WithConn(ctx, d, list[0], func(ctx context.Context, c *wire.Conn) (*servers.Snapshot, error) {
		return servers.TakeSnapshot(ctx, c, servers.PartQueues, servers.PartVersion)
	})
	if l.err = err; err == nil {
		l.queues, l.version = snapshot.Queues.Rows, snapshot.Version.Text
		l.err = cmderr.BadLines(snapshot.Bad())
	}
	return l
}

// serverName is HOST:PORT as the tools in C print a server.
func serverName(server string) string {
	if list, err := wire.ParseServers(server); err == nil && len(list) == 1 {
		return list[0]
	}
	return server
}

// cError words an error as the tools in C do.
func cError(server string, err error) string {
	host, port, _ := net.SplitHostPort(server)
	var errno syscall.Errno
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, wire.ErrSilent):
		return fmt.Sprintf("timeout while waiting for %s", server)
	case wire.IsUnreachable(err) && errors.As(err, &errno):
		text := errno.Error()
		return fmt.Sprintf("failed to connect to address %s and port %s: %s", host, port, strings.ToUpper(text[:1])+text[1:])
	case wire.IsUnreachable(err):
		return fmt.Sprintf("failed to connect to address %s and port %s: %s", host, port, cmderr.RootCause(err))
	}
	return cmderr.OneLine(err)
}
