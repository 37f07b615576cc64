package status

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// watchRow is a queue as a server last reported it.
type watchRow struct {
	servers.StatusRow
	Age *float64 `json:"age_seconds" out:"optional,seconds,drop8"` // nil: the server answered the last time
}

// Style makes old rows faint.
func (r watchRow) Style(key string) output.Style {
	if r.Age != nil {
		return output.Faint
	}
	return r.StatusRow.Style(key)
}

func (r watchRow) rowName() string { return r.Server + "\x00" + r.Queue }

// watchStatus refreshes the status until ctx ends: in place on a terminal with what changed marked, as
// one table below the other in a pipe, as a stream of rows in jsonl and csv. A table has what each server last answered, a
// stream only what is new.
func watchStatus(ctx context.Context, env *cli.Env, m *servers.Matcher, o options, opts output.Options) error {
	w, err := newWatcher[watchRow](env, o, opts)
	if err != nil {
		return err
	}
	defer w.close()
	p, err := newPoller(env, o.ask)
	if err != nil {
		return err
	}
	return p.run(ctx, o.interval, func() error {
		var rows []watchRow
		var errs []error
		var known []string
		old, answers := false, 0
		for i := range p.polls {
			s := &p.polls[i]
			if silent := s.silent(); !silent.IsZero() && (w.table || s.fresh) {
				errs = append(errs, w.silence(s.server, s.err, silent.Format("15:04:05")))
				old = old || s.value != nil
			}
			if s.value == nil {
				continue
			}
			answers++
			for _, q := range s.value.Queues.Rows {
				known = append(known, q.Function)
			}
			if w.table || s.fresh && s.err == nil {
				errs = append(errs, cmderr.BadLines(s.value.Bad()))
				rows = append(rows, watchRows(s, m, o, env)...)
			}
		}
		if answers > 0 {
			errs = append(errs, cmderr.SomeFailed(m.Missing(known), true))
		}
		slices.SortFunc(rows, func(a, b watchRow) int { return servers.CompareStatusRows(a.StatusRow, b.StatusRow) })
		w.opts.Also = opts.Also
		if old && w.table {
			w.opts.Also = append(slices.Clip(opts.Also), "age_seconds")
		}
		return w.show(rows, cmderr.MergeErrors(errs...))
	})
}

// watchRows returns the queues that m names as a server last reported them.
func watchRows(s *poll[*servers.Snapshot], m *servers.Matcher, o options, env *cli.Env) (rows []watchRow) {
	var age *float64
	if !s.silent().IsZero() {
		seconds := env.Now().Sub(s.answered).Round(time.Millisecond).Seconds()
		age = &seconds
	}
	priorities := s.value.PrioritiesByQueue()
	for _, q := range s.value.Queues.Rows {
		if m.Match(q.Function) && (!o.waiting || q.Waiting() > 0) {
			rows = append(rows, watchRow{servers.NewStatusRow(servers.Queue{Server: s.server, FunctionStatus: q}, priorities[q.Function]), age})
		}
	}
	return rows
}

// watched is a row of a watch.
type watched interface {
	rowName() string
	Cell(key string) int64 // the number in a column
}

// watcher draws one frame after the other.
type watcher[T watched] struct {
	env    *cli.Env
	opts   output.Options
	table  bool
	screen *output.Screen // nil away from a terminal
	before map[string]T
}

func newWatcher[T watched](env *cli.Env, o options, opts output.Options) (*watcher[T], error) {
	format, err := env.Format()
	if err != nil {
		return nil, err
	}
	if format.Kind == "json" {
		return nil, cmderr.Usagef("--watch cannot print one JSON document: use -o jsonl")
	}
	if o.interval <= 0 {
		return nil, cmderr.Usagef("--interval must be over 0")
	}
	w := &watcher[T]{env: env, opts: opts, table: format.Kind == "table", before: map[string]T{}}
	if _, err := w.printer(new(bytes.Buffer)); err != nil { // a misspelt column
		return nil, err
	}
	if w.table && env.Terminal.Stdout {
		w.screen = output.NewScreen(env.Stdout, env.Terminal.Size)
	}
	return w, nil
}

func (w *watcher[T]) close() {
	if w.screen != nil {
		w.screen.Close()
	}
}

// silence is the error of a server that does not answer since a time of day. In a frame it is short: there may be many.
func (w *watcher[T]) silence(server string, err error, since string) error {
	if !w.table {
		return err
	}
	if err == nil {
		err = errNoAnswer
	}
	return cmderr.Errorf("%s: silent since %s: %s", server, since, failureText(server, err))
}

func (w *watcher[T]) show(rows []T, failed error) error {
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

func (w *watcher[T]) frame(rows []T, failed error) ([]byte, error) {
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
		w.before[r.rowName()] = r
	}
	return b.Bytes(), nil
}

// printer returns a printer of a frame, in which changed cells are marked.
func (w *watcher[T]) printer(b *bytes.Buffer) (*output.Printer[T], error) {
	opts, env := w.opts, w.env
	if w.screen != nil {
		width, height := env.Terminal.Size()
		width-- // in a full line, erasing what follows takes the last character
		narrower := *env
		narrower.Terminal.Size = func() (int, int) { return width, height }
		env = &narrower
		opts.Dropped = func(headings []string) {
			fmt.Fprintf(b, "\n%s", foldLine(w.env.DroppedNote(headings), width))
		}
	}
	p, err := cli.NewPrinterTo[T](env, b, opts)
	if err != nil || w.screen == nil {
		return p, err
	}
	first := len(w.before) == 0
	p.Mark(func(row T, key string) bool {
		return !first && w.before[row.rowName()].Cell(key) != row.Cell(key)
	})
	return p, nil
}

// foldLine breaks a line at blanks into lines of at most width, if its words allow that, each with a line end.
func foldLine(line string, width int) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(line) {
		switch n := output.Width(word); {
		case i == 0:
			at = n
		case at+1+n > width:
			b.WriteByte('\n')
			at = n
		default:
			b.WriteByte(' ')
			at += 1 + n
		}
		b.WriteString(word)
	}
	return b.String() + "\n"
}
