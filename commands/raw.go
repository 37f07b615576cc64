package commands

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"syscall"

	"gearctl/output"
	"gearctl/wire"
)

// rawRow is a line of a server's answer.
type rawRow struct {
	Server string `json:"server"`
	Line   string `json:"line"`
}

// maxAdminWords is the longest admin line of gearmand, maxqueue with three sizes; a longer one closes the connection.
const maxAdminWords = 5

func newRaw(env *Env) *Command {
	return &Command{
		Name: "raw", Group: GroupLook, Args: "COMMAND [WORD…]", Short: "send an admin command, show the answer as it is", Changes: true,
		Examples: []Example{
			{"gearctl raw status", "what the server really says"},
			{"gearctl raw maxqueue reports 100", "any command of the admin protocol"},
			{"gearctl raw show jobs -s gm1 | sort", "verbatim, for other tools"},
		},
		Long: `The words become one line of the admin protocol, which splits at blanks and knows no quotes. An answer ERR is exit
code 1. The end of the answer is found by an echo request behind the command, so that it need not be known.`,
		Columns: keysOf[rawRow](),
		Min:     1, Max: anyNumber,
		Run: func(ctx context.Context, w Words) error { return runRaw(ctx, env, w.Args) },
	}
}

func runRaw(ctx context.Context, env *Env, args []string) error {
	words := strings.Fields(strings.Join(args, " "))
	line := strings.Join(words, " ")
	switch {
	case len(words) == 0:
		return usagef("raw: the command is empty")
	case strings.ContainsAny(strings.Join(args, ""), "\r\n\x00"):
		return usagef("raw: a line end or NUL byte would make it another command")
	case len(words) > maxAdminWords:
		return usagef("raw: %d words, but the server closes the connection at more than %d", len(words), maxAdminWords)
	}
	format, err := env.format()
	if err != nil {
		return err
	}
	if format.Kind == output.Table {
		return rawVerbatim(ctx, env, line)
	}
	p, err := newPrinter[rawRow](env, output.Options{})
	if err != nil {
		return err
	}
	err = askRaw(ctx, env, line, func(r rawRow) { p.Print(r) })
	return mergeErrors(p.Close(), err)
}

// rawVerbatim writes the answers as they are, but for control bytes on a terminal.
func rawVerbatim(ctx context.Context, env *Env, line string) error {
	w := bufio.NewWriter(env.Stdout)
	err := askRaw(ctx, env, line, func(r rawRow) {
		if env.Terminal.Stdout {
			r.Line = output.EscapeText(r.Line)
		}
		w.WriteString(r.Line + "\n")
	})
	return mergeErrors(w.Flush(), err)
}

// askRaw sends line to every server and hands each line of the answers to show. ERR is an error beside them.
func askRaw(ctx context.Context, env *Env, line string, show func(rawRow)) error {
	d, servers, err := env.network()
	if err != nil {
		return err
	}
	var errs []error
	answered := false
	for _, r := range wire.FanOut(ctx, d, servers, func(ctx context.Context, c *wire.Conn) ([]rawRow, error) {
		var rows []rawRow
		err := c.Raw(ctx, line, func(b []byte) error {
			rows = append(rows, rawRow{c.Server(), string(b)})
			return nil
		})
		return rows, err
	}) {
		for i, row := range r.Value {
			show(row)
			if i == 0 && isERR(row.Line) && r.Err == nil {
				r.Err = errorf("%.60s %s: the server refused", line, r.Server)
			}
		}
		if shutDown(line, r) {
			r.Err = nil
		}
		answered = answered || len(r.Value) > 0 && r.Err == nil
		errs = append(errs, flatten(r.Err)...)
	}
	return someFailed(errs, answered)
}

// shutDown reports whether a server went away because it was told to, and said OK.
func shutDown(line string, r wire.Result[[]rawRow]) bool {
	word, _, _ := strings.Cut(line, " ")
	gone := errors.Is(r.Err, wire.ErrClosed) || errors.Is(r.Err, syscall.ECONNRESET)
	return gone && strings.EqualFold(word, "shutdown") && len(r.Value) == 1 && r.Value[0].Line == "OK"
}

func isERR(line string) bool {
	return (strings.HasPrefix(line, "ERR ") || line == "ERR") && !strings.Contains(line, "\t")
}
