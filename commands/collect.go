package commands

import (
	"context"
	"errors"
	"io"

	"gearctl/output"
	"gearctl/wire"
)

// collect asks every server at once and hands what each gave to add, in the order of the servers. One server's
// failure hides no other's answer: the error is *partial when some answered, else it joins what failed.
func collect[T any](ctx context.Context, env *Env, f func(context.Context, *wire.Conn) (T, error), add func(server string, v T)) error {
	d, servers, err := env.network()
	if err != nil {
		return err
	}
	var errs []error
	results := wire.FanOut(ctx, d, servers, f)
	for _, r := range results {
		if r.Err != nil {
			errs = append(errs, r.Err)
			continue
		}
		add(r.Server, r.Value)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return someFailed(errs, len(errs) < len(results))
}

// someFailed makes one error of errs: *partial when some of the work was done.
func someFailed(errs []error, some bool) error {
	switch {
	case len(errs) == 0:
		return nil
	case some:
		return &partial{errs}
	}
	return errors.Join(errs...)
}

// badLines returns what says that lines of an answer could not be read: the rest was printed, so it is partial.
func badLines(bad []*wire.LineError) error {
	errs := make([]error, 0, len(bad))
	for _, b := range bad {
		errs = append(errs, b)
	}
	return someFailed(errs, true)
}

// mergeErrors joins the outcomes of several steps of a command, partial if any of them was.
func mergeErrors(steps ...error) error {
	var all []error
	some := false
	for _, err := range steps {
		var p *partial
		some = some || errors.As(err, &p)
		all = append(all, flatten(err)...)
	}
	return someFailed(all, some)
}

// newPrinter returns a printer of rows to stdout by the global flags. A command that changes something makes it
// first, so that a misspelt column is refused before anything is touched.
func newPrinter[T any](env *Env, o output.Options) (*output.Printer[T], error) {
	return newPrinterTo[T](env, env.Stdout, o)
}

// newPrinterTo is newPrinter for a frame that goes to stdout later.
func newPrinterTo[T any](env *Env, w io.Writer, o output.Options) (*output.Printer[T], error) {
	var err error
	if o.Format, err = env.format(); err != nil {
		return nil, err
	}
	if env.globals.columns != "" {
		o.Columns = splitList(env.globals.columns)
	}
	o.MaxRows, o.MaxBytes = env.globals.maxRows, env.globals.maxRows*wire.BytesPerRow
	o.Palette = env.palette(env.Terminal.Stdout)
	o.Terminal, o.CSVSafe = env.Terminal.Stdout, env.globals.csvSafe
	if o.Terminal {
		o.Width, _ = env.Terminal.Size()
	}
	p, err := output.NewPrinter[T](w, o)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return p, nil
}

// printRows prints rows at once.
func printRows[T any](env *Env, o output.Options, rows []T) error {
	p, err := newPrinter[T](env, o)
	if err != nil {
		return err
	}
	return p.PrintAll(rows)
}

// serverColumn returns what a table hides when a single server was asked.
func (e *Env) serverColumn() []string {
	if servers, err := e.servers(); err == nil && len(servers) < 2 {
		return []string{"server"}
	}
	return nil
}
