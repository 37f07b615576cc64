package context

import (
	"context"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/output"
)

// showRow is a server of a context.
type showRow struct {
	Server   string            `json:"server" out:"name"`
	Context  string            `json:"context" out:"keep"` // the member that names it
	Labels   map[string]string `json:"labels" out:"drop3"`
	TLS      string            `json:"tls"` // "no", "yes", or how it is verified
	KeyFile  *string           `json:"key_file" out:"drop4"`
	Config   *string           `json:"config" out:"drop2"`
	Timeout  *float64          `json:"timeout_seconds" out:"seconds,drop1"`
	ReadOnly bool              `json:"read_only" out:"keep"`
	File     string            `json:"file" out:"optional"` // FILE:LINE that defines the member
}

func newShow(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "show", Group: cli.GroupLocal, Args: "[NAME]", Short: "show the servers of a context and how they are reached", NoContext: true, OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl context show prod", What: "each server, with key file, TLS and labels"},
			{Line: "gearctl context show", What: "of the context in use, and what chose it"},
		},
		Long: `A row for each server, also of a group, with the settings of the member that names it. Keys are never shown, only
the files that hold them. ` + filesText,
		Columns:  cli.KeysOf[showRow](),
		Max:      1,
		Complete: cli.CompleteFirst(env.CompleteContexts),
		Run:      func(_ context.Context, w cli.Words) error { return runShow(env, cli.Argument(w.Args, 0)) },
	}
}

func runShow(env *cli.Env, name string) error {
	if name == "" {
		var chosen string
		var err error
		if name, chosen, err = env.ChosenContext(); err != nil {
			return err
		}
		if name == "" {
			return cmderr.Usagef("context show: no context is in use").Hint("name one: %s", "gearctl context list")
		}
		env.Info("context %s, chosen by %s", name, chosen)
	}
	set, err := env.Contexts()
	if err != nil {
		return err
	}
	if _, err := set.Get(name); err != nil {
		return cmderr.Usagef("%v", err).Hint("%s", "gearctl context list")
	}
	servers, err := set.Resolve(name)
	if err != nil {
		return err
	}
	rows := make([]showRow, len(servers))
	for i, s := range servers {
		rows[i] = newShowRow(set, s)
	}
	return cli.PrintRows(env, output.Options{}, rows)
}

func newShowRow(set *contexts.Set, s contexts.Server) showRow {
	r := showRow{Server: s.Address, Context: s.Context, Labels: s.Labels, TLS: "no", KeyFile: orNull(s.KeyFile), Config: orNull(s.Config), ReadOnly: s.ReadOnly}
	if t := s.TLS; t != nil {
		r.TLS = "yes"
		if t.Insecure {
			r.TLS = "insecure"
		}
	}
	if s.Timeout > 0 {
		seconds := s.Timeout.Seconds()
		r.Timeout = &seconds
	}
	if c, err := set.Get(s.Context); err == nil {
		r.File = c.Where()
	}
	return r
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
