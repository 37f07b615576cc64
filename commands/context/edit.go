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
	"syscall"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/process"
	"gearctl/commands/internal/shell"
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
	draft, err := writeDraft(text)
	if err != nil {
		return cmderr.Errorf("context edit: write a copy: %w", err)
	}
	ended := startEditor(ctx, env, cmp.Or(editor, "vi"), draft)
	saved, err := disk.ReadInput(draft, maxDraft)
	switch {
	case errors.Is(err, fs.ErrNotExist) || ended != nil && bytes.Equal(saved, text):
		os.RemoveAll(filepath.Dir(draft))
		return cmderr.Errorf("context edit: %w", cmp.Or(ended, err))
	case ended != nil:
		err = cmderr.Errorf("context edit: %w", ended)
	case err == nil:
		err = o.file.take(saved)
	}
	if err != nil {
		return errors.Join(err, o.kept(draft))
	}
	return os.RemoveAll(filepath.Dir(draft))
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
	dir, err := os.MkdirTemp("", "gearctl-")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "contexts.yml")
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

// take makes text the file, if it is valid.
func (f *file) take(text []byte) error {
	if bytes.Equal(text, f.before) {
		f.env.Info("%s: unchanged", f.path)
		return nil
	}
	if err := f.check(text); err != nil {
		return err
	}
	if err := f.replace(text); err != nil {
		return err
	}
	f.env.Info("%s: saved", f.path)
	return nil
}
