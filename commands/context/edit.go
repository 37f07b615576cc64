package context

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/commands/internal/process"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire/disk"
)

type editOptions struct {
	file  file
	draft string
}

func newEdit(env *cli.Env) *cli.Command {
	o := editOptions{file: file{env: env}}
	return &cli.Command{
		Name: "edit", Group: cli.GroupLocal, Short: "edit the contexts in $VISUAL or $EDITOR, checked before they are saved", NoContext: true, OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl context edit", What: "the user's contexts; a commented example if there are none"},
			{Line: "gearctl context edit --system", What: "those for all users, as root"},
		},
		Long: `The editor gets a copy. What is saved in it replaces the file only if it is valid; else the file stays as it is and
the copy is kept, to go on with --draft.`,
		Flags: []urfave.Flag{o.file.flag(), cli.TextFlag("draft", &o.draft, "go on with `FILE`, a copy that was refused")},
		Run:   func(ctx context.Context, _ cli.Words) error { return runEdit(ctx, env, &o) },
	}
}

// example is the text that edit starts with.
const example = `# Contexts of gearctl. gearctl context --help and gearctl-context(1) say more.
# Keys are named by file; no secret may be in here.
contexts:
#  prod:
#    servers: [gm1.example.com, gm2.example.com:4730]
#    labels: {site: berlin}
#    key_file: /etc/gearctl/prod.key
#    tls: {ca: /etc/gearctl/ca.pem}
#    timeout: 5s
#    read_only: true
#  all:
#    group: [prod]
`

// maxDraft is the maximum size of a draft in bytes.
const maxDraft = 2 << 20

func runEdit(ctx context.Context, env *cli.Env, o *editOptions) error {
	editor := cmp.Or(env.Getenv("VISUAL"), env.Getenv("EDITOR"))
	if editor == "" && !env.Terminal.Stdout {
		return cmderr.Usagef("context edit: stdout is not a terminal, and neither VISUAL nor EDITOR names an editor")
	}
	if err := o.file.read(); err != nil {
		return cmderr.Errorf("context edit: %w", err)
	}
	text := o.file.before
	if len(text) == 0 {
		text = []byte(example)
	}
	if o.draft != "" {
		var err error
		if text, err = disk.ReadInput(o.draft, maxDraft); err != nil {
			return cmderr.Errorf("context edit: %w", err)
		}
	}
	draft := o.draft // a copy that was kept is gone on with where it is
	if !isKept(draft) {
		var err error
		if draft, err = writeDraft(text); err != nil {
			return cmderr.Errorf("context edit: write a copy: %w", err)
		}
	}
	ended := startEditor(ctx, env, cmp.Or(editor, "vi"), draft)
	saved, err := disk.ReadInput(draft, maxDraft)
	switch {
	case errors.Is(err, fs.ErrNotExist) || ended != nil && draft != o.draft && bytes.Equal(saved, text):
		removeDraft(draft)
		return cmderr.Errorf("context edit: %w", cmp.Or(ended, err))
	case ended != nil:
		err = cmderr.Errorf("context edit: %w", ended)
	case err == nil:
		err = o.file.take(ctx, saved)
	}
	if err != nil {
		return errors.Join(err, o.kept(draft))
	}
	removeDraft(draft)
	return nil
}

// draftDir begins the name of the directory of a copy, draftName is that of the copy.
const (
	draftDir  = "gearctl-"
	draftName = "contexts.yml"
)

// isKept reports whether a file is a copy that an earlier edit kept.
func isKept(path string) bool {
	dir, name := filepath.Split(filepath.Clean(path))
	parent, own := filepath.Split(filepath.Clean(dir))
	return name == draftName && strings.HasPrefix(own, draftDir) && filepath.Clean(parent) == filepath.Clean(os.TempDir())
}

// removeDraft removes a copy, what an editor kept of it, and their directory, unless that holds more.
func removeDraft(path string) {
	for _, p := range []string{path, path + "~", filepath.Dir(path)} {
		os.Remove(p)
	}
}

// kept says how to go on with a copy that was not taken.
func (o *editOptions) kept(draft string) error {
	again := []string{"context", "edit", "--draft", draft}
	if o.file.system {
		again = append(again, "--system")
	}
	return cmderr.WithHint(cmderr.Errorf("context edit: %s is unchanged, the copy is kept in %s", o.file.path, draft),
		"correct it: %s", shell.GearctlLine(again))
}

func writeDraft(text []byte) (path string, err error) {
	dir, err := os.MkdirTemp("", draftDir)
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, draftName)
	return path, os.WriteFile(path, text, 0o600)
}

// startEditor runs the user's editor and waits for its end. ctrl-C is for the editor.
func startEditor(ctx context.Context, env *cli.Env, editor, path string) error {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", editor+` "$@"`, editor, path) // it may have arguments
	cmd.Env = env.ChildEnv()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = env.Stdin, env.Stdout, env.Stderr
	signal.Ignore(syscall.SIGINT)
	defer signal.Reset(syscall.SIGINT)
	if err := cmd.Start(); err != nil {
		return process.StartError(err)
	}
	if err := cmd.Wait(); err != nil {
		return cmderr.WithHint(cmderr.Errorf("editor %s: %w", editor, err), "set another editor in VISUAL or EDITOR")
	}
	return nil
}

// take makes text the file, if it is valid. One that has lost all contexts is asked for.
func (f *file) take(ctx context.Context, text []byte) error {
	if bytes.Equal(text, f.before) {
		f.env.Info("%s: unchanged", f.path)
		return nil
	}
	if err := f.check(text); err != nil {
		return err
	}
	if err := f.confirmEmpty(ctx, text); err != nil {
		return err
	}
	if err := f.replace(text); err != nil {
		return err
	}
	f.env.Info("%s: saved", f.path)
	return nil
}

// confirmEmpty asks before text, which has no context, replaces a file that has some.
func (f *file) confirmEmpty(ctx context.Context, text []byte) error {
	before, _ := contexts.Parse(f.path, f.env.Home(), f.before)
	after, _ := contexts.Parse(f.path, f.env.Home(), text)
	if len(before) == 0 || len(after) > 0 {
		return nil
	}
	what := output.Plural(int64(len(before)), "context", "contexts")
	if !f.env.Terminal.Stdin || !f.env.Terminal.Stderr {
		return cmderr.WithHint(cmderr.Errorf("context edit: no context is left of %s, and stdin is no terminal on which to confirm that", what), "rm %s", shell.QuotePrintable(f.path))
	}
	return f.env.Confirm(ctx, "no context is left of "+what+" in "+f.path+": save?")
}
