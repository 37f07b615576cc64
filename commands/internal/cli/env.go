package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/contexts"
	"gearctl/commands/internal/process"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/disk"
)

// Env is everything that a command touches besides its own flags: streams, terminal, clock, environment, network, disk
// and the global flags. The caller of Main fills the fields above Globals, the parser sets Globals; after that a command
// changes none of them.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer // Stderr is written by several goroutines at a time
	Terminal       Terminal
	Getenv         func(string) string
	Environ        []string // NAME=VALUE, for commands that are started
	Hostname       func() (string, error)
	Now            func() time.Time
	Version        string                                                               // of gearctl
	Build          func() string                                                        // where this binary comes from, for --version
	NetDial        func(ctx context.Context, network, address string) (net.Conn, error) // nil: the network; see wire.Dialer
	// Hangups, if not nil, has a daemon that can reload its settings told of SIGHUP, until stop is called. Without it SIGHUP
	// ends the program.
	Hangups func() (hangups <-chan os.Signal, stop func())
	// Interrupts, if not nil, has SIGINT reported on a channel, until stop is called, instead of ending the program: it is
	// for a command line that runs inside another.
	Interrupts func() (interrupts <-chan os.Signal, stop func())
	Disk       disk.FS // where archives, spools and other files are written; nil: disk.OS
	// SystemDir has the settings for all users, such as /etc/gearctl; empty: there are none.
	SystemDir  string
	Executable func() (string, error) // path of this program, to start it again and to link to it

	Globals globals
	run     *run
}

// run is what copies of an Env share during one call of Main.
type run struct {
	line     *Line // nil: none could be parsed
	destroys bool  // the command takes jobs or queues away for good
	idle     wire.IdleConns
	servers  *serverChoice // nil: not chosen yet
	context  contextState
	readOnly readOnlyServers
	aliases  map[string]string // servers that are others under a second name, and those; nil: not checked
	trace    sync.Mutex        // held while a trace line is written
	reported sync.Map          // servers that were skipped and key files that are exposed, each reported once
}

// Runner runs a command line, without the program's name, and returns its exit code.
type Runner func(ctx context.Context, env *Env, argv []string) int

// ForLine returns an Env for another command line, with what the caller of this one filled in.
func (e *Env) ForLine() *Env {
	c := *e
	c.Globals, c.run = globals{}, nil
	return &c
}

// Start prepares e for one call of Main, and returns what closes idle connections at its end.
func (e *Env) Start() (stop func()) {
	e.run = new(run)
	return e.run.idle.Close
}

// Reread returns a copy of e that reads the configuration again, and chooses the servers anew. stop closes its idle
// connections.
func (e *Env) Reread() (c *Env, stop func()) {
	again := *e
	again.Globals.Config = configFile{Path: e.Globals.Config.Path, OnLine: e.Globals.Config.OnLine}
	again.run = &run{line: e.run.line, destroys: e.run.destroys}
	if e.Globals.Config.context != "" {
		again.Globals.Config = configFile{}
	}
	if err := again.ApplyContext(); err != nil {
		again.run.context.err = err // returned when the servers are chosen
	}
	return &again, again.run.idle.Close
}

// SetLine sets the line that is run.
func (e *Env) SetLine(l *Line) {
	e.run.line = l
	e.run.destroys = l.Command().Destroys && !slices.Contains(l.Flags[len(l.Flags)-1], "--dry-run")
}

// CommandName returns the words that lead to the command, such as "drain" or "job status", and "" while none is set.
func (e *Env) CommandName() string {
	if e.run == nil || e.run.line == nil {
		return ""
	}
	return e.run.line.Name()
}

// WithStderr returns a copy of e that reports to w.
func (e *Env) WithStderr(w io.Writer) *Env {
	c := *e
	c.Stderr = w
	return &c
}

// Terminal says which streams are a terminal, and how large it is.
type Terminal struct {
	Stdin, Stdout, Stderr bool
	Size                  func() (width, height int)
}

// Program names gearctl to servers and monitoring cores: in client IDs, names of canary queues, sources of results.
const Program = "gearctl"

// Dialer returns how to connect, by the global flags and the context. It refuses requests that a read-only context does not
// allow.
func (e *Env) Dialer() (*wire.Dialer, error) {
	d, err := e.unguardedDialer()
	if err == nil {
		d.Guard = e.Guard
	}
	return d, err
}

func (e *Env) unguardedDialer() (*wire.Dialer, error) {
	g := &e.Globals
	d := &wire.Dialer{
		Program: Program,
		Timeout: g.Timeout, AnswerTimeout: g.answerTimeout, NetDial: e.NetDial, MaxPacket: int(g.MaxPacket),
		MaxAnswer: int64(g.maxAnswer), MaxRows: g.MaxRows, Leftover: e.warnLeft, Idle: &e.run.idle,
	}
	if g.Timeout <= 0 {
		return nil, cmderr.Usagef("--timeout %v: must be over 0", g.Timeout)
	}
	if g.MaxRows < 1 {
		return nil, cmderr.Usagef("--max-rows %d: must be at least 1", g.MaxRows)
	}
	if g.tls || g.tlsFiles != (wire.TLSFiles{}) {
		c, err := g.tlsFiles.Config()
		if err != nil {
			return nil, cmderr.Usagef("%v", err)
		}
		d.TLS = c
		WarnOfPrivateKey(e, g.tlsFiles.Key)
	}
	if g.Trace {
		d.Trace = e.traceEvent
	}
	a, err := e.ActiveContext()
	if a == nil || err != nil {
		return d, err
	}
	return d, e.applyServers(d, a.Servers)
}

// applyServers sets how servers of contexts are reached, where the flags do not say otherwise.
func (e *Env) applyServers(d *wire.Dialer, servers []contexts.Server) (err error) {
	if d.TLS == nil {
		d.ServerTLS, err = e.tlsConfigs(servers)
	}
	if !e.Globals.TimeoutGiven {
		d.ServerTimeout = timeouts(servers)
	}
	return err
}

// DialerFor is Dialer for servers of contexts, which need not be that of the run.
func (e *Env) DialerFor(servers []contexts.Server) (*wire.Dialer, error) {
	d, err := e.Dialer()
	if err != nil {
		return nil, err
	}
	return d, e.applyServers(d, servers)
}

// warnLeft reports a queue of our own that stays on a server.
func (e *Env) warnLeft(server, queue string) {
	e.Warn("queue %s could not be removed from %s; remove it with: %s", queue, server, cmderr.Try("queue", "gc", "--yes").On(server).Queues(queue))
}

// Network returns what a command needs to reach its servers.
func (e *Env) Network() (*wire.Dialer, []string, error) {
	servers, err := e.Servers()
	if err != nil {
		return nil, nil, err
	}
	d, err := e.Dialer()
	return d, servers, err
}

func (e *Env) traceEvent(ev wire.Event) {
	arrow := "<"
	if ev.Sent {
		arrow = ">"
	}
	e.run.trace.Lock()
	defer e.run.trace.Unlock()
	fmt.Fprintf(e.Stderr, "%s %s %s %s\n", e.Now().Format("15:04:05.000"), ev.Server, arrow, e.Printable(ev.Text))
}

// FS returns where files are written that must survive a crash.
func (e *Env) FS() disk.FS {
	if e.Disk == nil {
		return disk.OS{}
	}
	return e.Disk
}

// Client is what an engine needs to work with d.
func (e *Env) Client(d *wire.Dialer) *connect.Client {
	return &connect.Client{Log: e, Now: e.Now, ID: e.ClientID(), Dialer: d, Skipped: e.NoteSkipped, OneLine: e.OneLine}
}

// ClientID is the name under which a connection that works or grabs introduces itself.
func (e *Env) ClientID() string {
	host, err := e.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf(Program+"-%s-%s-%d", strings.ReplaceAll(e.CommandName(), " ", "-"), host, os.Getpid())
}

// ASCII reports whether what we write for people has to be in ASCII, because the locale has nothing else. Without an
// environment it has not.
func (e *Env) ASCII() bool { return e.Getenv != nil && output.ASCIIOnly(e.Getenv) }

// Printable makes a text safe to print for people on one line, in the characters that the locale has.
func (e *Env) Printable(text string) string {
	text = output.Escape(text)
	if e.ASCII() {
		return output.ASCII(text)
	}
	return text
}

// Info implements Log: on stderr, unless with --quiet.
func (e *Env) Info(format string, args ...any) {
	if !e.Globals.Quiet {
		fmt.Fprintf(e.Stderr, "%s\n", e.Printable(e.sprintf(format, args...)))
	}
}

// infoOnce is Info for a text that is written once.
func (e *Env) infoOnce(text string) {
	if e.firstTime("note " + text) {
		e.Info("%s", text)
	}
}

// Verbose implements Log: with --verbose only.
func (e *Env) Verbose(format string, args ...any) {
	if e.Globals.Verbose {
		e.Info(format, args...)
	}
}

// Warn implements Log.
func (e *Env) Warn(format string, args ...any) {
	fmt.Fprintf(e.Stderr, "gearctl: %s\n", e.Printable(e.sprintf(format, args...)))
}

// ExactStdout returns stdout for text of others that is meant to be exact: control characters are escaped on a terminal
// and nowhere else.
func (e *Env) ExactStdout() io.Writer {
	if e.Terminal.Stdout {
		return output.TerminalWriter(e.Stdout, e.ASCII())
	}
	return e.Stdout
}

// attended reports whether a question can be asked on the terminal.
func (e *Env) attended() bool { return e.Terminal.Stdin && e.Terminal.Stderr }

// Confirm asks a question on the terminal, with the context that is in use. Without one it returns an error that suggests --yes.
func (e *Env) Confirm(ctx context.Context, question string) error {
	question = e.inContext(question)
	if !e.attended() {
		return e.unattended(question)
	}
	fmt.Fprintf(e.Stderr, "%s [y/N] ", e.Printable(question))
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(e.Stdin).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(e.Stderr)
		return context.Cause(ctx)
	case a := <-answer:
		if a != "y" && a != "yes" {
			return errDeclined
		}
		return nil
	}
}

// unattended returns the error of a question that nobody can answer.
func (e *Env) unattended(question string) error {
	err := cmderr.Usagef("%s: stdin is not a terminal; add --yes to confirm", strings.TrimSuffix(question, "?"))
	if e.run.line.Command().Flag("dry-run") == nil {
		return err.Hint("to do this anyway: %v", cmderr.Again("--yes"))
	}
	return err.Hint("see what would change: %v", cmderr.Again("--dry-run")).Hint("then: %v", cmderr.Again("--yes"))
}

// errDeclined is the answer no: nothing was touched.
var errDeclined = fmt.Errorf("nothing was changed")

// Palette returns the colours for one of our streams.
func (e *Env) Palette(terminal bool) *output.Palette {
	return output.NewPalette(e.Globals.Color, terminal, e.Getenv)
}

// Progress returns a bar on stderr, which stays silent away from a terminal.
func (e *Env) Progress(title string, total int64) *output.Progress {
	return output.NewProgress(e.Stderr, e.Terminal.Stderr && !e.Globals.Quiet, e.Printable(title), total)
}

// ChildEnv returns our environment for a command that we start, without the variables that hold a secret of ours, since the
// environment of a process can be read by all processes of its user, and those for the service manager. A variable that only
// names a file stays.
func (e *Env) ChildEnv() []string {
	return slices.DeleteFunc(slices.Clone(e.Environ), func(v string) bool { return process.HoldsSecret(v) || process.ForServiceManager(v) })
}
