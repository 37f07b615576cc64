package top

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"charm.land/bubbletea/v2"
	"github.com/muesli/cancelreader"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/shell"
	"gearctl/output"
)

// lineEndedMsg says that the screen is back after a command line.
type lineEndedMsg struct{}

// runLine leaves the screen, runs a gearctl command line on the terminal, and comes back when the user says so.
func (m *model) runLine(what *onServers) tea.Cmd {
	line := what.line
	if len(what.servers) < len(m.servers) { // else those of this run, or their context
		line = line.On(strings.Join(what.servers, ","))
	}
	run := &lineRun{
		ctx: m.ctx, env: m.env.ForLine(), runner: m.runner,
		// The terminal gets the questions and notes of the command, whatever top's own stderr is.
		words: m.env.LineOf(line, "--trace", "--quiet"), prompt: m.palette,
	}
	run.env.Stderr, run.env.Terminal.Stderr = m.env.Stdout, true
	return tea.Exec(run, func(error) tea.Msg { return lineEndedMsg{} })
}

// lineRun is a command line that has the terminal for itself.
type lineRun struct {
	ctx    context.Context
	env    *cli.Env
	runner cli.Runner
	words  []string
	prompt *output.Palette
}

// SetStdin implements tea.ExecCommand: the streams are those of env.
func (*lineRun) SetStdin(io.Reader) {}

// SetStdout is like SetStdin.
func (*lineRun) SetStdout(io.Writer) {}

// SetStderr is like SetStdin.
func (*lineRun) SetStderr(io.Writer) {}

// Run implements tea.ExecCommand.
func (r *lineRun) Run() error {
	fmt.Fprintf(r.env.Stdout, "%s\n", r.prompt.Paint(output.Bold, "$ "+shell.GearctlLine(r.words)))
	var code int
	err := r.withStdin(func(ctx context.Context, stdin io.Reader) {
		env := *r.env
		env.Stdin = stdin
		code = r.runner(ctx, &env, r.words)
	})
	if err != nil || r.ctx.Err() != nil {
		return err
	}
	fmt.Fprint(r.env.Stdout, r.prompt.Paint(output.Bold, fmt.Sprintf("exit code %d; Enter returns to gearctl top ", code)))
	return r.withStdin(awaitLine)
}

// withStdin calls f with the terminal's input, of which nothing is read any more when it returns. ctrl-C ends f's context.
func (r *lineRun) withStdin(f func(ctx context.Context, stdin io.Reader)) error {
	stdin, err := cancelreader.NewReader(r.env.Stdin)
	if err != nil {
		return cmderr.Errorf("read the terminal: %w", err)
	}
	reader := &soleReader{r: stdin}
	defer reader.end(stdin)
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	if r.env.Interrupts != nil {
		interrupts, stop := r.env.Interrupts()
		defer stop()
		go func() {
			select {
			case <-interrupts:
				cancel(cmderr.ErrInterrupted)
			case <-ctx.Done():
			}
		}()
	}
	f(ctx, reader)
	return nil
}

// soleReader reads for one caller at a time.
type soleReader struct {
	mu sync.Mutex
	r  io.Reader
}

// Read implements io.Reader.
func (s *soleReader) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Read(p)
}

// end ends the read in progress, that of a question which nobody waits for any more, and closes c, which s reads.
func (s *soleReader) end(c cancelreader.CancelReader) {
	if c.Cancel() {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	c.Close()
}

// awaitLine returns at the next end of a line, or when ctx ends.
func awaitLine(ctx context.Context, stdin io.Reader) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var b [1]byte
		for b[0] != '\n' {
			if _, err := stdin.Read(b[:]); err != nil {
				return
			}
		}
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
