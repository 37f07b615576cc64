package status

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// watchStatus refreshes the status until ctx ends: in place on a terminal with what changed marked, as
// one table below the other in a pipe, as a stream of rows in jsonl and csv.
func watchStatus(ctx context.Context, env *cli.Env, m *servers.Matcher, o options, opts output.Options) error {
	format, err := env.Format()
	if err != nil {
		return err
	}
	if format.Kind == "json" {
		return cmderr.Usagef("--watch cannot print one JSON document: use -o jsonl")
	}
	if o.interval <= 0 {
		return cmderr.Usagef("--interval must be over 0")
	}
	w := &watcher{env: env, opts: opts, table: format.Kind == "table", before: map[string]servers.StatusRow{}}
	if w.table && env.Terminal.Stdout {
		w.screen = output.NewScreen(env.Stdout, env.Terminal.Size)
		defer w.screen.Close()
	}
	tick := time.NewTicker(o.interval)
	defer tick.Stop()
	for {
		rows, err := statusRows(ctx, env, m, o)
		if ctx.Err() != nil {
			return nil
		}
		if err := w.show(rows, err); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// watcher draws one frame after the other.
type watcher struct {
	env    *cli.Env
	opts   output.Options
	table  bool
	screen *output.Screen // nil away from a terminal
	before map[string]servers.StatusRow
}

func (w *watcher) show(rows []servers.StatusRow, failed error) error {
	if !w.table {
		if failed != nil {
			w.env.Report(w.env.Stderr, failed)
		}
		err := cli.PrintRows(w.env, w.opts, rows)
		w.opts.NoHeader = true // the stream goes on
		return err
	}
	frame, err := w.frame(rows, failed)
	if err != nil {
		return err
	}
	if w.screen != nil {
		return w.screen.Draw(frame)
	}
	_, err = w.env.Stdout.Write(append(frame, '\n'))
	return err
}

func (w *watcher) frame(rows []servers.StatusRow, failed error) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n", w.env.Now().Format("2006-01-02 15:04:05"))
	p, err := w.printer(&b)
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 || failed == nil { // where nobody answered, nobody said that there are no queues
		if err := p.PrintAll(rows); err != nil {
			return nil, err
		}
	}
	if failed != nil {
		if len(rows) > 0 {
			b.WriteByte('\n')
		}
		w.env.Report(&b, failed)
	}
	clear(w.before)
	for _, r := range rows {
		w.before[rowName(r)] = r
	}
	return b.Bytes(), nil
}

// printer returns a printer of a frame, in which changed cells are marked.
func (w *watcher) printer(b *bytes.Buffer) (*output.Printer[servers.StatusRow], error) {
	opts := w.opts
	if w.screen != nil {
		opts.Dropped = func(headings []string) { // in two lines: the screen cuts long ones
			fmt.Fprintf(b, "\n%s\n", strings.Replace(w.env.DroppedNote(headings), " (", "\n(", 1))
		}
	}
	p, err := cli.NewPrinterTo[servers.StatusRow](w.env, b, opts)
	if err != nil || w.screen == nil {
		return p, err
	}
	first := len(w.before) == 0
	p.Mark(func(row servers.StatusRow, key string) bool {
		return !first && w.before[rowName(row)].Cell(key) != row.Cell(key)
	})
	return p, nil
}

func rowName(r servers.StatusRow) string { return r.Server + "\x00" + r.Queue }
