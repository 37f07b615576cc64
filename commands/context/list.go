package context

import (
	"context"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/output"
)

// listRow is a context.
type listRow struct {
	Context  string            `json:"context" out:"name"`
	Current  bool              `json:"current" out:"drop3"`
	Servers  []string          `json:"servers" out:"wide"`  // of all members
	Members  []string          `json:"members" out:"drop2"` // of a group
	Labels   map[string]string `json:"labels" out:"drop1"`
	ReadOnly bool              `json:"read_only" out:"keep"`
	File     string            `json:"file" out:"optional"`
	Error    *string           `json:"error" out:"optional"` // why its servers are unknown
}

// Style marks the context in use.
func (r listRow) Style(key string) output.Style {
	switch {
	case r.Error != nil && key == "servers":
		return output.Bad
	case r.Current && key == "context":
		return output.Good
	}
	return output.Plain
}

func newList(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "list", Group: cli.GroupLocal, Short: "list the contexts and their servers", NoContext: true, OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl context list", What: "every context; CURRENT is the one in use"},
			{Line: "gearctl context list -o json", What: "for scripts, with the file that defines each"},
		},
		Long:    filesText,
		Columns: cli.KeysOf[listRow](),
		Run:     func(context.Context, cli.Words) error { return runList(env) },
	}
}

// filesText says where contexts come from.
const filesText = `Contexts are defined in /etc/gearctl/contexts.yml and in $XDG_CONFIG_HOME/gearctl/contexts.yml (default:
~/.config/gearctl/contexts.yml). A context of the second file replaces one of the same name in the first.`

func runList(env *cli.Env) error {
	set, err := env.Contexts()
	if err != nil {
		return err
	}
	all := set.All()
	rows := make([]listRow, len(all))
	var failed []error
	current := currentName(env)
	for i, c := range all {
		rows[i] = newListRow(set, c)
		rows[i].Current = c.Name == current
		if rows[i].Error != nil {
			failed = append(failed, cmderr.Errorf("%s", *rows[i].Error))
		}
	}
	if len(rows) == 0 {
		env.Info("no contexts: gearctl context import finds those of Mod-Gearman, gearctl context edit writes the first")
	}
	err = cli.PrintRows(env, output.Options{}, rows)
	return cmderr.MergeErrors(err, cmderr.SomeFailed(failed, true))
}

func newListRow(set *contexts.Set, c *contexts.Context) listRow {
	r := listRow{Context: c.Name, Servers: []string{}, Members: []string{}, Labels: c.Labels, File: c.File}
	if c.Labels == nil {
		r.Labels = map[string]string{}
	}
	r.Members = append(r.Members, c.Group...)
	servers, err := set.Resolve(c.Name)
	if err != nil {
		text := cmderr.OneLine(err)
		r.Error, r.ReadOnly = &text, c.ReadOnly
		return r
	}
	r.ReadOnly = true
	for _, s := range servers {
		r.Servers = append(r.Servers, s.Address)
		r.ReadOnly = r.ReadOnly && s.ReadOnly
	}
	return r
}
