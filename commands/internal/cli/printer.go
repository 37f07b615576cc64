package cli

import (
	"errors"
	"io"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// NewPrinter returns a printer of rows to stdout by the global flags. A command that changes something makes it
// first, so that a misspelt column is refused before anything is touched.
func NewPrinter[T any](env *Env, o output.Options) (*output.Printer[T], error) {
	return NewPrinterTo[T](env, env.Stdout, o)
}

// NewPrinterTo is NewPrinter for output that is written to stdout later.
func NewPrinterTo[T any](env *Env, w io.Writer, o output.Options) (*output.Printer[T], error) {
	var err error
	if o.Format, err = env.Format(); err != nil {
		return nil, err
	}
	if env.Globals.Columns != "" {
		o.Columns = servers.SplitList(env.Globals.Columns)
	}
	o.MaxRows, o.MaxBytes = env.Globals.MaxRows, env.Globals.MaxRows*wire.BytesPerRow
	o.Palette = env.Palette(env.Terminal.Stdout)
	o.Terminal, o.CSVSafe = env.Terminal.Stdout, env.Globals.csvSafe
	o.ASCII, o.AllColumns = env.ASCII(), env.Globals.wide
	o.Labels = env.Labels()
	if o.Terminal && !env.Globals.wide {
		o.Width, _ = env.Terminal.Size()
	}
	if o.Dropped == nil {
		o.Dropped = func(headings []string) { env.infoOnce(env.DroppedNote(headings)) }
	}
	if env.Globals.noHeaders {
		o.NoHeader, o.Empty = true, ""
	}
	p, err := output.NewPrinter[T](w, o)
	if err != nil {
		return nil, unknownColumn(err)
	}
	return p, nil
}

// DroppedNote says which columns of a table did not fit into the terminal, and how to see them.
func (e *Env) DroppedNote(headings []string) string {
	remedy := "--wide shows them"
	if e.run.line.Command().Flag("wide") != nil { // which means something else
		remedy = "choose with --columns"
	}
	return "left out: " + strings.Join(headings, ", ") + " (" + remedy + ")"
}

// unknownColumn is the usage error of a printer that could not be made.
func unknownColumn(err error) error {
	usage := cmderr.Usagef("%v", err)
	var unknown *output.UnknownColumnError
	if !errors.As(err, &unknown) {
		return usage
	}
	if near := cmderr.Closest(strings.ToLower(unknown.Key), unknown.Choices); near != "" {
		return usage.Hint("did you mean: %s", near)
	}
	return usage
}

// PrintRows prints rows at once.
func PrintRows[T any](env *Env, o output.Options, rows []T) error {
	p, err := NewPrinter[T](env, o)
	if err != nil {
		return err
	}
	return p.PrintAll(rows)
}

// ServerColumn returns what a table hides when a single server was asked.
func (e *Env) ServerColumn() []string {
	if servers, err := e.Servers(); err == nil && len(servers) < 2 {
		return []string{"server"}
	}
	return nil
}
