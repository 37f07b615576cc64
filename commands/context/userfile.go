package context

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/wire/disk"
)

// file is the file of contexts that a command changes.
type file struct {
	env    *cli.Env
	system bool // that of the system, else that of the user
	path   string
	before []byte // its text when it was read
	mode   fs.FileMode
}

func (f *file) flag() urfave.Flag {
	return &urfave.BoolFlag{Name: "system", Destination: &f.system, Usage: "the file for all users instead of the user's"}
}

// read reads the file; one that does not exist is empty.
func (f *file) read() (err error) {
	f.path, f.mode = f.env.UserContexts(), 0o600
	if f.system {
		f.path, f.mode = f.env.SystemContexts(), 0o644
	}
	if f.path == "" {
		return cmderr.Errorf("neither XDG_CONFIG_HOME nor HOME is set to an absolute path: there is no file of contexts")
	}
	if info, err := os.Stat(f.path); err == nil {
		f.mode = info.Mode().Perm()
	}
	f.before, err = contexts.Read(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

// check returns what is wrong with text as the content of the file.
func (f *file) check(text []byte) error {
	others := f.env.ContextFiles()
	if i := len(others) - 1; !f.system {
		others = others[:i]
	} else {
		others = others[1:]
	}
	set, err := contexts.Load(f.env.Home(), others...)
	if err != nil {
		return err
	}
	_, err = set.With(f.path, f.env.Home(), text)
	return err
}

// errChanged means that somebody else wrote the file meanwhile.
var errChanged = errors.New("it was changed meanwhile")

// replace writes the file whole. It survives a crash.
func (f *file) replace(text []byte) error {
	now, err := contexts.Read(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if string(now) != string(f.before) {
		return cmderr.Errorf("%s: %w", f.path, errChanged)
	}
	if !f.system {
		if err := disk.MakePrivate(f.env.FS(), filepath.Dir(f.path)); err != nil {
			return err
		}
	}
	return disk.Replace(f.env.FS(), f.path, contexts.TempName(f.path), text, f.mode)
}
