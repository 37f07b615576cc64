package commands

import (
	"io"

	"gearctl/output"
	"gearctl/wire"
)

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
