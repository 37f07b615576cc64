package context

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/commands/internal/host"
	"gearctl/commands/internal/shell"
	"gearctl/output"
)

// importRow is a configuration of Mod-Gearman that was found.
type importRow struct {
	Context string            `json:"context"`
	Servers []string          `json:"servers" out:"wide"`
	Labels  map[string]string `json:"labels"`
	Config  string            `json:"config" out:"wide"`
	Done    string            `json:"done"` // added, or why not
}

type importOptions struct {
	file  file
	root  string
	name  string
	print bool
}

func newImport(env *cli.Env) *cli.Command {
	o := importOptions{file: file{env: env}}
	return &cli.Command{
		Name: "import", Group: cli.GroupLocal, Args: "[FILE…]", Short: "make contexts of Mod-Gearman configurations", NoContext: true, OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl context import", What: "modules and workers in the usual places, and OMD sites"},
			{Line: "gearctl context import /etc/mod_gearman/module.conf --name prod", What: "one file, under a name"},
			{Line: "gearctl context import --print", What: "print them in YAML and change nothing"},
		},
		Long: `FILE is the configuration of a NEB module or a worker. Without FILE, those in the usual places are taken, and in OMD
sites etc/mod-gearman/server.cfg and worker.cfg, where the site has them on. The contexts name the file as their
config: servers and key are read from it when the context is used, and no key is copied. Of several files with the
same servers and key, the first is taken. A context that exists is never changed.`,
		Flags: []urfave.Flag{
			o.file.flag(),
			cli.TextFlag("name", &o.name, "`NAME` of the context (default: from the path)"),
			&urfave.StringFlag{Name: "root", Destination: &o.root, Usage: "search the file system under `DIR` instead of this host's"},
			&urfave.BoolFlag{Name: "print", Destination: &o.print, Usage: "print the contexts in YAML instead of adding them"},
		},
		Columns: cli.KeysOf[importRow](),
		Max:     cli.AnyNumber,
		Run:     func(_ context.Context, w cli.Words) error { return runImport(env, &o, w.Args) },
	}
}

func runImport(env *cli.Env, o *importOptions, files []string) error {
	if o.name != "" {
		if err := contexts.CheckName(o.name); err != nil {
			return cmderr.Usagef("--name: %v", err)
		}
		if len(files) != 1 {
			return cmderr.Usagef("context import: --name needs one FILE")
		}
	}
	if err := o.file.read(); err != nil && !o.print {
		return cmderr.Errorf("context import: %w", err)
	}
	set, err := env.Contexts()
	if err != nil {
		return err
	}
	found, failed := find(env, host.Root{Dir: o.root}, files)
	if len(found) == 0 && len(failed) == 0 {
		return cmderr.WithHint(cmderr.Errorf("context import: no configuration of Mod-Gearman in the usual places"), "name one: gearctl context import FILE")
	}
	if o.print {
		text, err := addContexts(nil, o.choose(new(contexts.Set), found))
		if err == nil {
			_, err = env.Stdout.Write(text)
		}
		return cmderr.MergeErrors(err, cmderr.SomeFailed(failed, len(found) > 0))
	}
	rows := o.choose(set, found)
	text, err := addContexts(o.file.before, rows)
	if err != nil {
		return cmderr.Errorf("context import: %w", err)
	}
	if err := o.save(text, rows); err != nil {
		return cmderr.Errorf("context import: %w", err)
	}
	if len(rows) > 0 {
		err = cli.PrintRows(env, output.Options{}, rows)
	}
	if o.name != "" && len(rows) > 0 && rows[0].Done != doneAdded && (rows[0].Done != doneExists || rows[0].Context != o.name) {
		return cmderr.MergeErrors(err, o.notNamed(rows[0]))
	}
	return cmderr.MergeErrors(err, cmderr.SomeFailed(failed, len(found) > 0))
}

// notNamed is the error for a file that did not become the context of --name.
func (o *importOptions) notNamed(r importRow) error {
	if r.Done == doneExists {
		return cmderr.WithHint(cmderr.Errorf("context import: %s is context %s already: %s was not added", r.Config, r.Context, o.name),
			"gearctl context edit renames it")
	}
	return cmderr.WithHint(cmderr.Errorf("context import: there is a context %s already: %s was not added", o.name, r.Config), "give another --name")
}

// save writes the file, if there is anything to add.
func (o *importOptions) save(text []byte, rows []importRow) error {
	for _, r := range rows {
		if r.Done == doneAdded {
			if err := o.file.check(text); err != nil {
				return err
			}
			if err := o.file.replace(text); err != nil {
				return err
			}
			o.file.env.Info("written to %s; try: %s", o.file.path, shell.GearctlLine([]string{"--context", r.Context, "status"}))
			return nil
		}
	}
	return nil
}
