package compat

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

func gearman() *tool {
	return &tool{
		name: "gearman", instead: "submit, work, drain", short: "client and worker of gearmand, as gearman", changes: true,
		example: cli.Example{Line: "gearctl compat gearman -p 4730 -f thumbnails -b -N < list", What: "a background job for each line"},
		details: `As a client it submits a job for each DATA, else one with all of stdin, to each
function. With -w it is a worker: it pipes each job into COMMAND, whose output
is the result, or without COMMAND writes the jobs to stdout. The exit code is 1
if a server could not be reached or a job was not submitted or not done in time.
GEARMAN_SERVER and GEARMAN_SERVERS name servers: HOST[:PORT],…`,
		options: []option{
			{"-f FUNCTION", "the queue; may be given several times"},
			{"-h HOST", "the server (localhost); not with GEARMAN_SERVER"},
			{"-p PORT", "its port (4730)"},
			{"-t MS", "wait so many milliseconds for a result; with -w: for a job"},
			{"-i FILE", "write the process ID to FILE"},
			{"-d", "run in the background of the shell, as a daemon"},
			{"-S", "TLS, by GEARMAND_CA_CERTIFICATE, GEARMAN_CLIENT_PEM and _KEY"},
			{"-v", "client: print the handle of each job"},
			{"-H", "print this"},
			{"-b", "client: background jobs"},
			{"-I, -L", "client: high or low priority"},
			{"-n, -N", "client: a job for each line, with or without its newline"},
			{"-P", "client: put FUNCTION: before each piece of output"},
			{"-s", "client: a job without data; stdin is not read"},
			{"-u KEY", "client: unique key; # for one made of the data, - for the data"},
			{"-w", "worker"},
			{"-c N", "worker: end after N jobs"},
			{"-n, -N", "worker: send each line of output when it is there"},
		},
		run: runGearman,
	}
}

// gearmanCall is a gearman that runs.
type gearmanCall struct {
	*call
	functions  []string
	host, port string
	wait       time.Duration // 0: without limit
	count      int64
	unique     string
	pidFile    string
	priority   wire.Priority

	background, lines, strip, prefix, empty, worker, daemon, verbose, secure bool

	words   []string // jobs, or the command of a worker
	servers []string
	dial    *wire.Dialer
}

// stepTimeout bounds each step on the network.
const stepTimeout = 10 * time.Second

func runGearman(ctx context.Context, c *call) error {
	g := &gearmanCall{call: c, host: "localhost", port: wire.DefaultPort, priority: wire.PriorityNormal}
	wrong, help := g.parse()
	if help {
		c.usage(c.env.Stdout)
		return nil
	}
	if len(g.functions) == 0 {
		wrong = "No Functions were provided"
	}
	if wrong != "" {
		fmt.Fprintf(c.env.Stderr, "\n%s\tError in usage(%s).\n\n", c.tool.name, wrong)
		c.usage(c.env.Stderr)
		return c.exit(1, cmderr.Usagef("%s", wrong))
	}
	if err := g.connectBy(); err != nil {
		c.say("gearman: %v", err)
		return c.exit(1, cmderr.Usagef("%v", err))
	}
	switch {
	case g.daemon:
		return g.detach()
	case g.worker:
		return g.withPIDFile(func() error { return g.work(ctx) })
	}
	return g.withPIDFile(func() error { return g.submit(ctx) })
}

// gearmanLetters are the options for getopt.
const gearmanLetters = "bc:f:h:HILnNp:Pst:u:vwi:dS"

// parse reads the options. wrong names one that is unknown or has no usable value.
func (g *gearmanCall) parse() (wrong string, help bool) {
	flags := map[byte]*bool{
		'b': &g.background, 'd': &g.daemon, 'n': &g.lines, 'P': &g.prefix, 's': &g.empty, 'w': &g.worker, 'v': &g.verbose, 'S': &g.secure, 'H': &help,
	}
	found, words := getopt(gearmanLetters, g.args)
	g.words = words
	for _, o := range found {
		n, number := atoi(o.value)
		switch o.letter {
		case 'f':
			g.functions = append(g.functions, o.value)
		case 'h':
			g.host = o.value
		case 'p':
			if g.port = strings.TrimSpace(o.value); g.port == "0" {
				g.port = wire.DefaultPort
			}
		case 'i':
			g.pidFile = o.value
		case 'u':
			g.unique = o.value
		case 'I':
			g.priority = wire.PriorityHigh
		case 'L':
			g.priority = wire.PriorityLow
		case 'N':
			g.lines, g.strip = true, true
		case 'c', 't':
			switch {
			case !number:
				wrong = fmt.Sprintf("-%c %s", o.letter, o.value)
			case o.letter == 'c':
				g.count = int64(n)
			case n >= 0:
				g.wait = max(time.Millisecond, time.Duration(n)*time.Millisecond)
			}
		case '?':
			wrong = "-" + o.value
		default:
			*flags[o.letter] = true
		}
	}
	return wrong, help
}

// connectBy finds the servers: those of GEARMAN_SERVERS first, as the library behind gearman reads it, then those of
// GEARMAN_SERVER, or of -h and -p.
func (g *gearmanCall) connectBy() (err error) {
	named := g.env.Getenv("GEARMAN_SERVER")
	if named == "" {
		named = net.JoinHostPort(g.host, g.port)
	}
	if g.servers, err = wire.ParseServers(g.env.Getenv("GEARMAN_SERVERS"), named); err != nil {
		return err
	}
	if len(g.servers) == 0 {
		return cmderr.Errorf("no server given")
	}
	for _, f := range g.functions {
		if err := wire.CheckFunction(f); err != nil {
			return cmderr.Errorf("function %.100q: %w", f, err)
		}
	}
	if err := wire.CheckUnique(g.unique); err != nil {
		return cmderr.Errorf("-u %.100q: %w", g.unique, err)
	}
	g.dial = g.dialer(stepTimeout)
	if g.secure {
		return g.call.secure(g.dial)
	}
	return nil
}

// failed reports why a job was not submitted or not done. Scripts look for the word of the library in capitals.
func (g *gearmanCall) failed(operation string, err error) {
	word := ""
	for _, leaf := range cmderr.Flatten(err) {
		if wire.IsUnreachable(leaf) {
			word = "GEARMAN_COULD_NOT_CONNECT: "
		}
	}
	g.say("gearman: %s : %s%s", operation, word, output.Escape(cmderr.OneLine(err)))
}
