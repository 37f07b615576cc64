package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// A binary is the compiled tests of a package, with the mutants of a package in it.
type binary struct {
	path    string          // of the package whose tests these are, relative to the module
	dir     string          // of that package
	entries map[string]bool // of dir, before any run; true for regular files
	overlay string
	content []byte
	mark    int // offset of the mark
	units   []unit
}

// A unit is a test, or a script of TestScripts, which is run on its own to find out what it reaches.
type unit struct {
	test, script string
	took         time.Duration
	reaches      map[int]bool
}

// build compiles the tests of a package; what has no tests has no units.
func build(s *source, path, overlay, scratch string) (*binary, error) {
	root := strings.TrimSuffix(s.dir, filepath.FromSlash(s.path))
	b := &binary{path: path, dir: filepath.Join(root, filepath.FromSlash(path)), overlay: overlay}
	name := filepath.Join(scratch, strings.ReplaceAll(path, "/", "_")+".test")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", name, module+"/"+path)
	if _, err := output(cmd); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return b, nil
	} else if err != nil {
		return nil, err
	}
	b.content, b.mark = content, bytes.Index(content, []byte(blankMark()))
	if b.mark < 0 {
		return b, nil // its tests do not use the mutated package
	}
	if again := bytes.Index(content[b.mark+1:], []byte(blankMark())); again >= 0 {
		return nil, fmt.Errorf("the tests of %s hold the mark of the mutants twice", path)
	}
	if b.entries, err = entriesOf(b.dir); err != nil {
		return nil, err
	}
	list := exec.Command(name, "-test.list", "^(Test|Fuzz|Example)")
	list.Dir = b.dir
	out, err := output(list)
	if err != nil {
		return nil, err
	}
	for _, test := range strings.Fields(string(out)) {
		if test != "TestScripts" {
			b.units = append(b.units, unit{test: test})
			continue
		}
		scripts, _ := filepath.Glob(filepath.Join(b.dir, "testdata", "script", "*.txtar"))
		for _, s := range scripts {
			b.units = append(b.units, unit{test: test, script: strings.TrimSuffix(filepath.Base(s), ".txtar")})
		}
	}
	return b, os.Remove(name)
}

// pattern returns what -test.run wants for units: all of them tests, or all of them scripts of one.
func pattern(units []unit) string {
	var names []string
	for _, u := range units {
		if u.script != "" {
			names = append(names, regexp.QuoteMeta(u.script))
		} else {
			names = append(names, u.test)
		}
	}
	joined := "^(" + strings.Join(names, "|") + ")$"
	if units[0].script != "" {
		return "^" + units[0].test + "$/" + joined
	}
	return joined
}

// A verdict is how a run of tests ended.
type verdict int

const (
	passed verdict = iota
	failed
	timedOut
)

// run runs units of one kind with a mutant, or with 0 records what they reach to a file.
func (b *binary) run(scratch string, units []unit, id int, record string, limit time.Duration) (verdict, string, error) {
	set := mark(id, record)
	name, err := b.activate(scratch, set)
	if err != nil {
		return 0, "", err
	}
	temp := filepath.Join(scratch, "tmp") // killed tests do not tidy up
	if err := os.RemoveAll(temp); err != nil {
		return 0, "", err
	}
	if err := os.Mkdir(temp, 0o700); err != nil {
		return 0, "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, "-test.run", pattern(units), "-test.failfast", "-test.timeout", (2 * limit).String())
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), variable+"="+set, "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -overlay="+b.overlay), "TMPDIR="+temp,
		"RAPID_NOFAILFILE=1") // else rapid writes to testdata what fails
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it left running
	}
	if err := b.tidy(); err != nil {
		return 0, "", err
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return timedOut, out.String(), nil
	case errors.As(err, &exit):
		return failed, out.String(), nil
	case err != nil:
		return 0, "", err
	}
	return passed, "", nil
}

// activate returns the name of an executable copy in which a mark is set. The copy is kept for the next run. No process is
// forked while it is open for writing: a child of another worker would keep it open, and it could not be executed (ETXTBSY).
func (b *binary) activate(scratch, set string) (string, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	name := filepath.Join(scratch, strings.ReplaceAll(b.path, "/", "_")+".mutant.test")
	if f, err := os.OpenFile(name, os.O_WRONLY, 0); err == nil { // it fails while a straggler of the last run executes it
		_, err = f.WriteAt([]byte(set), int64(b.mark))
		return name, errors.Join(err, f.Close())
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	content := bytes.Clone(b.content)
	copy(content[b.mark:], set)
	return name, os.WriteFile(name, content, 0o700)
}

// tidy removes files that a mutant left in the directory of its tests because it took that for another one. What is a
// source or a directory is of whoever works on the tree meanwhile.
func (b *binary) tidy() error {
	now, err := entriesOf(b.dir)
	if err != nil {
		return err
	}
	for name, regular := range now {
		if _, known := b.entries[name]; known || !regular || filepath.Ext(name) == ".go" {
			continue
		}
		if err := os.Remove(filepath.Join(b.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("a mutant left a file in the tree: %w", err)
		}
	}
	return nil
}

// entriesOf returns the names in a directory, and which of them are regular files.
func entriesOf(dir string) (map[string]bool, error) {
	list, err := os.ReadDir(dir)
	names := map[string]bool{}
	for _, e := range list {
		names[e.Name()] = e.Type().IsRegular()
	}
	return names, err
}
