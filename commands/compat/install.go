package compat

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/shell"
	"gearctl/output"
)

// linkRow is a link that install makes.
type linkRow struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Target string `json:"target"`
	State  string `json:"state"` // linked, would link, unchanged or kept
}

// The states of a link.
const (
	stateLinked    = "linked"
	stateWouldLink = "would link"
	stateUnchanged = "unchanged" // it leads here already
	stateKept      = "kept"      // something else is there
)

// Style marks what is in the way.
func (r linkRow) Style(key string) output.Style {
	if key == "state" && r.State == stateKept {
		return output.Bad
	}
	return output.Plain
}

func newInstall(env *cli.Env) *cli.Command {
	var dryRun bool
	return &cli.Command{
		Name: "install", Group: cli.GroupCompat, Args: "DIR", Short: "link the old names to this gearctl",
		Examples: []cli.Example{
			{Line: "gearctl compat install ~/bin", What: "a link for each old name"},
			{Line: "gearctl compat install /usr/local/bin --dry-run", What: "print what it would do"},
		},
		Long: `Makes symbolic links in a directory that exists. A file that is there is kept, and the exit code is then 4. The package
has the links in /usr/lib/gearctl/compat, for PATH.`,
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &dryRun, Usage: "print what would be linked, and change nothing"},
		},
		Columns: cli.KeysOf[linkRow](),
		Min:     1, Max: 1,
		Run: func(_ context.Context, w cli.Words) error { return install(env, w.Args[0], dryRun) },
	}
}

func install(env *cli.Env, dir string, dryRun bool) error {
	target, err := env.Executable()
	if err != nil {
		return cmderr.Errorf("compat install: %w", err)
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return cmderr.Errorf("compat install: %w", err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return cmderr.WithHint(cmderr.Errorf("compat install %s: it is not a directory", dir), "mkdir -p %s", shell.QuoteWord(dir))
	}
	var rows []linkRow
	var errs []error
	for _, name := range names() {
		r := linkRow{Name: name, Path: filepath.Join(dir, name), Target: target}
		var err error
		if r.State, err = link(target, r.Path, dryRun); err != nil {
			errs = append(errs, err)
		}
		if r.State != "" {
			rows = append(rows, r)
		}
	}
	err = cli.PrintRows(env, output.Options{HideInTable: []string{"name"}}, rows)
	if err == nil && len(errs) == 0 && !slices.Contains(filepath.SplitList(env.Getenv("PATH")), dir) {
		env.Info("%s is not in PATH; put it first: export PATH=%s:$PATH", dir, shell.QuoteWord(dir))
	}
	return cmderr.MergeErrors(err, cmderr.SomeFailed(errs, slices.ContainsFunc(rows, func(r linkRow) bool { return r.State != stateKept })))
}

// link makes a link at path unless something is there, and returns its state. The error says why there is no link to target.
func link(target, path string, dryRun bool) (state string, err error) {
	_, err = os.Lstat(path)
	switch {
	case err == nil && leadsTo(path, target):
		return stateUnchanged, nil
	case err == nil:
		return stateKept, cmderr.Errorf("%s is there already and was kept", path)
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	case dryRun:
		return stateWouldLink, nil
	}
	if err := os.Symlink(target, path); err != nil {
		return "", err
	}
	return stateLinked, nil
}

func leadsTo(path, target string) bool {
	a, err := os.Stat(path)
	if err != nil {
		return false
	}
	b, err := os.Stat(target)
	return err == nil && os.SameFile(a, b)
}

// names returns the old names, each beside its alias.
func names() []string {
	var list []string
	for _, t := range tools() {
		list = append(append(list, t.name), t.aliases...)
	}
	return list
}

// nameRow is an old name.
type nameRow struct {
	Name    string `json:"name"`
	Means   string `json:"means" out:"wide"`   // the command that it runs
	Instead string `json:"instead" out:"wide"` // commands of gearctl's own
}

func newList(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "list", Group: cli.GroupCompat, Short: "list the old names and the commands to use instead",
		Examples: []cli.Example{{Line: "gearctl compat list", What: "every name that gearctl answers to"}},
		Long:     "docs/reference/compat.md lists how the answers differ from those of the old tools, docs/reference/old-tools.md what replaces each option.",
		Columns:  cli.KeysOf[nameRow](),
		Run: func(context.Context, cli.Words) error {
			var rows []nameRow
			for _, t := range tools() {
				for _, name := range append([]string{t.name}, t.aliases...) {
					rows = append(rows, nameRow{Name: name, Means: "gearctl compat " + t.name, Instead: t.instead})
				}
			}
			return cli.PrintRows(env, output.Options{}, rows)
		},
	}
}
