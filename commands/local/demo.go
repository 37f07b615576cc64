package local

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire/jobserver"
)

type demoOptions struct{ keep bool }

func NewDemo(env *cli.Env, run cli.Runner) *cli.Command {
	var o demoOptions
	return &cli.Command{
		Name: "demo", Group: cli.GroupLocal, NoContext: true, Short: "a short tour of gearctl on the embedded job server",
		Examples: []cli.Example{
			{Line: "gearctl demo", What: "a tour of a few seconds; nothing is installed or left behind"},
			{Line: "gearctl demo --keep", What: "keeps the server running to experiment with"},
		},
		Long: "Starts the embedded job server on a free loopback port and runs real commands against it.",
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "keep", Aliases: []string{"k"}, Destination: &o.keep, Usage: "keep the server running until interrupted"},
		},
		Run: func(ctx context.Context, _ cli.Words) error { return runDemo(ctx, env, run, o) },
	}
}

// demoStep is a comment and a command line of the tour.
type demoStep struct {
	comment string
	pipe    string // shown before the command as the source of stdin
	stdin   func() io.Reader
	argv    []string
	code    int // expected exit code
}

func demoSteps() []demoStep {
	return []demoStep{
		{comment: "Is the job server there?", argv: words("version")},
		{comment: "Put a background job into a queue.", argv: []string{"submit", "--background", "thumbnails", "cat.jpg"}},
		{comment: "A worker host has died and jobs pile up: ten thousand of them.", pipe: "seq 1 10000", stdin: tenThousandLines, argv: words("submit --background --lines perfdata")},
		{comment: "Which queues have jobs but no workers?", argv: words("status --waiting --sort -waiting")},
		{comment: "What would a drain remove?", argv: words("drain perfdata --dry-run")},
		{comment: "Drain it.", argv: words("drain perfdata --yes")},
		{comment: "The same for a script.", argv: words("status -o json")},
	}
}

func words(s string) []string { return strings.Fields(s) }

func tenThousandLines() io.Reader {
	var b strings.Builder
	for i := range 10000 {
		fmt.Fprintln(&b, i+1)
	}
	return strings.NewReader(b.String())
}

func runDemo(ctx context.Context, env *cli.Env, run cli.Runner, o demoOptions) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return cmderr.Errorf("listen on 127.0.0.1: %w", connect.ListenCause(err))
	}
	sctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() {
		served <- jobserver.New(jobserver.Options{Version: embeddedVersion(jobserver.Release20)}).Serve(sctx, l)
	}()
	defer func() {
		stop()
		<-served
	}()
	d := &demo{env: env, main: run, address: l.Addr().String()}
	if err := d.tour(ctx); err != nil {
		return err
	}
	if !o.keep {
		d.comment("End of the tour; nothing was left behind. Next: gearctl --help")
		return nil
	}
	d.comment("The server stays up on " + d.address + " until ctrl-C. Try: gearctl -s " + d.address + " status")
	select {
	case <-ctx.Done():
		return nil
	case err := <-served:
		served <- err
		return err
	}
}

// demo prints command lines and runs them.
type demo struct {
	env     *cli.Env
	main    cli.Runner
	address string
}

func (d *demo) tour(ctx context.Context) error {
	d.comment("An embedded job server runs on " + d.address + ".")
	d.prompt("export GEARCTL_SERVER=" + d.address)
	for _, s := range demoSteps() {
		d.comment(s.comment)
		if err := d.step(ctx, s); err != nil {
			return err
		}
	}
	return d.checks(ctx)
}

// step prints and runs a command line and checks its exit code.
func (d *demo) step(ctx context.Context, s demoStep) error {
	shown := shownCommand(s.argv)
	if s.pipe != "" {
		shown = s.pipe + " | " + shown
	}
	d.prompt(shown)
	stdin := io.Reader(strings.NewReader(""))
	if s.stdin != nil {
		stdin = s.stdin()
	}
	code := d.run(ctx, stdin, d.env.Stderr, s.argv)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if code != s.code {
		return cmderr.Errorf("demo: %s ended with exit code %d", shown, code)
	}
	return nil
}

// run runs a command line in this process against the demo server and returns its exit code.
func (d *demo) run(ctx context.Context, stdin io.Reader, stderr io.Writer, argv []string) int {
	getenv := func(name string) string { // gearctl settings of the environment must not change the demo
		if strings.HasPrefix(name, "GEARCTL_") || strings.HasPrefix(name, "GEARMAN_") {
			return ""
		}
		return d.env.Getenv(name)
	}
	terminal := d.env.Terminal
	terminal.Stdin = false
	env := d.env.ForLine()
	env.Stdin, env.Stderr, env.Terminal, env.Getenv = stdin, stderr, terminal, getenv
	return d.main(ctx, env, append([]string{"--server", d.address, "--color", d.env.Globals.Color}, argv...))
}

// shownCommand is the command line as a user would type it.
func shownCommand(argv []string) string {
	return shell.CommandLine(append([]string{"gearctl"}, argv...))
}

func (d *demo) comment(text string) {
	fmt.Fprintf(d.env.Stdout, "\n%s\n", d.env.Palette(d.env.Terminal.Stdout).Paint(output.Faint, "# "+text))
}

func (d *demo) prompt(text string) {
	fmt.Fprintln(d.env.Stdout, d.env.Palette(d.env.Terminal.Stdout).Paint(output.Bold, "$ "+text))
}
