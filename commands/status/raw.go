package status

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"syscall"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// rawRow is a line of a server's answer.
type rawRow struct {
	Server string `json:"server" out:"name"`
	Line   string `json:"line" out:"keep"`
}

// maxAdminWords is the longest admin line of gearmand, maxqueue with three sizes; a longer one closes the connection.
const maxAdminWords = 5

func NewRaw(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "raw", Group: cli.GroupInspect, OnlyReads: true, Args: "COMMAND [WORD…]", Short: "send an admin command and print the raw answer", Changes: true,
		Examples: []cli.Example{
			{Line: "gearctl raw status", What: "the status as sent by the server"},
			{Line: "gearctl raw maxqueue reports 100", What: "any command of the admin protocol"},
			{Line: "gearctl raw show jobs -s gm1 | sort", What: "verbatim, for other tools"},
		},
		Long:    `The words become one line of the admin protocol, which splits at blanks and has no quoting. An ERR answer exits with code 1. gearctl finds the end of the answer by sending an echo request after the command, so it works with commands it does not know.`,
		Columns: cli.KeysOf[rawRow](),
		Min:     1, Max: cli.AnyNumber,
		Run: func(ctx context.Context, w cli.Words) error { return runRaw(ctx, env, w.Args) },
	}
}

func runRaw(ctx context.Context, env *cli.Env, args []string) error {
	words := strings.Fields(strings.Join(args, " "))
	line := strings.Join(words, " ")
	switch {
	case len(words) == 0:
		return cmderr.Usagef("raw: the command is empty")
	case strings.ContainsAny(strings.Join(args, ""), "\r\n\x00"):
		return cmderr.Usagef("raw: newlines and NUL bytes are not allowed")
	case len(words) > maxAdminWords:
		return cmderr.Usagef("raw: %d words, but the server closes the connection at more than %d", len(words), maxAdminWords)
	}
	if !wire.OnlyReads(line) { // else the servers that are not protected would get it
		if err := env.RefuseReadOnly(words[0]); err != nil {
			return err
		}
	}
	format, err := env.Format()
	if err != nil {
		return err
	}
	if format.Kind == output.Table {
		return rawVerbatim(ctx, env, line)
	}
	p, err := cli.NewPrinter[rawRow](env, output.Options{})
	if err != nil {
		return err
	}
	err = queryRaw(ctx, env, line, func(rows []rawRow) error { return p.Print(rows...) })
	return joinCloseError(p.Close(), err)
}

// rawVerbatim writes the answers as they are, but for control bytes on a terminal.
func rawVerbatim(ctx context.Context, env *cli.Env, line string) error {
	w := bufio.NewWriter(env.ExactStdout())
	err := queryRaw(ctx, env, line, func(rows []rawRow) error {
		for _, r := range rows {
			w.WriteString(r.Line)
			if err := w.WriteByte('\n'); err != nil {
				return err
			}
		}
		return nil
	})
	return joinCloseError(w.Flush(), err)
}

// queryRaw sends line to every server and gives the lines of the answers to show, as it comes. ERR is an error beside
// them.
func queryRaw(ctx context.Context, env *cli.Env, line string, show func([]rawRow) error) error {
	_, err := stream(ctx, env, func(ctx context.Context, c *wire.Conn, emit func(rawRow, int) error) error {
		first, lines := "", 0
		err := c.Raw(ctx, line, func(b []byte) error {
			row := rawRow{c.Server(), string(b)}
			if lines++; lines == 1 {
				first = row.Line
			}
			return emit(row, len(row.Line))
		})
		switch {
		case err == nil && isRefusal(first):
			return refusedAnswer{cmderr.Errorf("%s rejected %.60q", c.Server(), line)}
		case lines == 1 && first == "OK" && isShutdown(line, err):
			return nil
		}
		return err
	}, func(_ string, rows []rawRow) error { return show(rows) })
	return err
}

// isShutdown reports whether err says that a server went away because it was told to.
func isShutdown(line string, err error) bool {
	word, _, _ := strings.Cut(line, " ")
	gone := errors.Is(err, wire.ErrClosed) || errors.Is(err, syscall.ECONNRESET)
	return gone && strings.EqualFold(word, "shutdown")
}

func isRefusal(line string) bool {
	return (strings.HasPrefix(line, "ERR ") || line == "ERR") && !strings.Contains(line, "\t")
}
