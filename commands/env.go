package commands

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/disk"
)

// Env is everything that a command touches besides its options: streams, terminal, clock, environment and the
// global flags.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer // Stderr is written by several goroutines at a time
	Terminal       Terminal
	Getenv         func(string) string
	Environ        []string // NAME=VALUE, for commands that are started
	Hostname       func() (string, error)
	Now            func() time.Time
	Version        string                                                               // of gearctl
	NetDial        func(ctx context.Context, network, address string) (net.Conn, error) // nil: the network; see wire.Dialer
	Disk           disk.FS                                                              // where archives, spools and other files are written; nil: disk.OS

	globals  globals
	command  string        // the words that led to the command, "drain" or "job status"
	typed    *line         // what was typed
	finite   bool          // a daemon that ends by itself, as with --count: SIGTERM cuts it short
	destroys bool          // the command takes jobs or queues away for good
	choice   *serverChoice // nil: nobody asked yet
	formats  []string
	tracing  chan struct{}     // a token while a trace line is written
	same     map[string]string // servers that are others under a second name; nil: nobody looked
	skipped  *skippedServers
	spares   *wire.IdleConns
	exposed  *sync.Map // key files that everybody may read or write, and that were warned of
}

// Terminal says which streams are a terminal, and how large it is.
type Terminal struct {
	Stdin, Stdout, Stderr bool
	Size                  func() (width, height int)
}

// program is how servers and monitoring cores get to know us: in client IDs, names of canary queues, sources of results.
const program = "gearctl"

// dialer returns how to connect, by the global flags.
func (e *Env) dialer() (*wire.Dialer, error) {
	g := &e.globals
	d := &wire.Dialer{
		Program: program,
		Timeout: g.timeout, AnswerTimeout: g.answerTimeout, NetDial: e.NetDial, MaxPacket: int(g.maxPacket),
		MaxAnswer: int64(g.maxAnswer), MaxRows: g.maxRows, Leftover: e.warnLeft, Idle: e.spares,
	}
	if g.timeout <= 0 {
		return nil, usagef("--timeout %v: must be over 0", g.timeout)
	}
	if g.maxRows < 1 {
		return nil, usagef("--max-rows %d: must be at least 1", g.maxRows)
	}
	if g.tls || g.tlsFiles != (wire.TLSFiles{}) {
		c, err := g.tlsFiles.Config()
		if err != nil {
			return nil, usagef("%v", err)
		}
		d.TLS = c
		warnOfPrivateKey(e, g.tlsFiles.Key)
	}
	if g.trace {
		d.Trace = e.traceEvent
	}
	return d, nil
}

// warnLeft reports a queue of our own that stays on a server.
func (e *Env) warnLeft(server, queue string) {
	e.Warn("queue %s could not be removed from %s; remove it with: %s", queue, server, try("queue", "gc", "--yes").on(server).queues(queue))
}

// network returns what a command needs to reach its servers.
func (e *Env) network() (*wire.Dialer, []string, error) {
	servers, err := e.servers()
	if err != nil {
		return nil, nil, err
	}
	d, err := e.dialer()
	return d, servers, err
}

func (e *Env) traceEvent(ev wire.Event) {
	arrow := "<"
	if ev.Sent {
		arrow = ">"
	}
	e.tracing <- struct{}{}
	defer func() { <-e.tracing }()
	fmt.Fprintf(e.Stderr, "%s %s %s %s\n", e.Now().Format("15:04:05.000"), ev.Server, arrow, output.Escape(ev.Text))
}

// disk returns where files are written that must survive a crash.
func (e *Env) disk() disk.FS {
	if e.Disk == nil {
		return disk.OS{}
	}
	return e.Disk
}

// client is what an engine needs to work with d.
func (e *Env) client(d *wire.Dialer) *client {
	return &client{log: e, now: e.Now, id: e.clientID(), dialer: d, skipped: e.noteSkipped}
}

// clientID is the name under which a connection that works or grabs introduces itself.
func (e *Env) clientID() string {
	host, err := e.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf(program+"-%s-%s-%d", strings.ReplaceAll(e.command, " ", "-"), host, os.Getpid())
}

// Info implements Log: on stderr, unless with --quiet.
func (e *Env) Info(format string, args ...any) {
	if !e.globals.quiet {
		fmt.Fprintf(e.Stderr, "%s\n", output.Escape(e.sprintf(format, args...)))
	}
}

// Verbose implements Log: with --verbose only.
func (e *Env) Verbose(format string, args ...any) {
	if e.globals.verbose {
		e.Info(format, args...)
	}
}

// Warn implements Log.
func (e *Env) Warn(format string, args ...any) {
	fmt.Fprintf(e.Stderr, "gearctl: %s\n", output.Escape(e.sprintf(format, args...)))
}

// exactStdout returns stdout for text of others that is meant to be exact: control characters are escaped on a terminal
// and nowhere else.
func (e *Env) exactStdout() io.Writer {
	if e.Terminal.Stdout {
		return output.TerminalWriter(e.Stdout)
	}
	return e.Stdout
}

// attended reports whether somebody is there to answer a question.
func (e *Env) attended() bool { return e.Terminal.Stdin && e.Terminal.Stderr }

// confirm asks a question on the terminal. Away from one it is an error that tells of --yes.
func (e *Env) confirm(ctx context.Context, question string) error {
	if !e.attended() {
		return e.unattended(question)
	}
	fmt.Fprintf(e.Stderr, "%s [y/N] ", output.Escape(question))
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

// unattended is the error of a question that nobody is there to answer.
func (e *Env) unattended(question string) error {
	err := usagef("%s: stdin is not a terminal; add --yes to confirm", strings.TrimSuffix(question, "?"))
	if findFlag(e.typed.command(), "dry-run") == nil {
		return err.hint("to do this anyway: %v", again("--yes"))
	}
	return err.hint("see what would change: %v", again("--dry-run")).hint("then: %v", again("--yes"))
}

// errDeclined is the answer no: nothing was touched.
var errDeclined = fmt.Errorf("nothing was changed")

// palette returns the colours for one of our streams.
func (e *Env) palette(terminal bool) *output.Palette {
	return output.NewPalette(e.globals.color, terminal, e.Getenv)
}

// progress returns a bar on stderr, which stays silent away from a terminal.
func (e *Env) progress(title string, total int64) *output.Progress {
	return output.NewProgress(e.Stderr, e.Terminal.Stderr && !e.globals.quiet, title, total)
}
