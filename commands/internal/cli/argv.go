// Package cli is what every command needs: its description as data, flags, keys, printers, errors and exit codes.
package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/shell"
)

// Line is a command line taken apart: urfave/cli stops reading flags at the first argument and takes what follows
// for arguments, so it gets the line in the order that it can read.
type Line struct {
	Path  []*Command // from the root to the command
	Flags [][]string // of each of path, each as --name=value or --name
	Words Words
	Help  bool
}

// Command returns the command that the line names.
func (l *Line) Command() *Command { return l.Path[len(l.Path)-1] }

// Argv returns the line for urfave/cli: global flags, command, its flags, --, arguments.
func (l *Line) Argv() []string {
	var argv []string
	for i, c := range l.Path {
		argv = append(append(argv, c.Name), l.Flags[i]...)
	}
	return append(append(argv, "--"), l.Words.Args...)
}

// TakeApart reads the words after the program's name. A flag may stand anywhere before the first --, and belongs to
// the deepest command on the line that defines it. A word that begins with - and is not - alone is a flag.
func TakeApart(root *Command, argv []string) (*Line, error) {
	l := &Line{Path: []*Command{root}, Flags: make([][]string, 1)}
	all := argv
	var early []Given // flags that stand before the command that defines them
	for len(argv) > 0 {
		word := argv[0]
		argv = argv[1:]
		switch {
		case word == "--":
			l.Dashes(argv)
			argv = nil
		case len(word) > 1 && word[0] == '-':
			g, rest, err := l.Flag(word, argv)
			if err != nil {
				return l, err
			}
			argv = rest
			early = append(early, g...)
		default:
			if err := l.Word(word); err != nil {
				return l, unknownCommand(l.Path, word, all[:len(all)-len(argv)-1], argv)
			}
		}
	}
	return l, l.place(early)
}

// Given is a flag as it stood on the line.
type Given struct {
	Name  string // without dashes; empty: none
	value string
	has   bool // there is a value
}

// Argument returns the flag as urfave/cli wants it: under its first name, since it refuses a line that has two of
// a flag's names.
func (g Given) Argument(f urfave.Flag) string {
	arg := "--" + f.Names()[0]
	if g.has {
		arg += "=" + g.value
	}
	return arg
}

// Dashes handles what follows the first --.
func (l *Line) Dashes(rest []string) {
	l.Words.Dashes = true
	if l.Command().Trailing {
		l.Words.Trailing = rest
		return
	}
	l.Words.Args = append(l.Words.Args, rest...)
}

// Word handles a word that is no flag: a command's name as long as the path leads on, then an argument.
func (l *Line) Word(word string) error {
	c := l.Command()
	if len(c.Sub) == 0 || len(l.Words.Args) > 0 {
		l.Words.Args = append(l.Words.Args, word)
		return nil
	}
	if len(l.Path) == 1 && word == "help" {
		l.Help = true
		return nil
	}
	sub := Find(c.Sub, word)
	if sub == nil {
		return errNoCommand
	}
	l.Path = append(l.Path, sub)
	l.Flags = append(l.Flags, nil)
	return nil
}

// Flag reads the flag in word, with its value from rest when it takes one. Several short flags may share a dash,
// the last of which may take a value: -qo json, -ojson.
func (l *Line) Flag(word string, rest []string) ([]Given, []string, error) {
	if word[1] == '-' {
		name, value, has := strings.Cut(word[2:], "=")
		g, rest, err := l.oneFlag(name, value, has, rest)
		return []Given{g}, rest, err
	}
	var all []Given
	for short := word[1:]; short != ""; {
		name, tail := short[:1], short[1:]
		if len(all) == 0 && l.defined(word[1:]) { // -help as --help
			name, tail = word[1:], ""
		}
		value, has := strings.CutPrefix(tail, "=")
		takes, err := l.takesValue(name)
		if err != nil {
			return nil, nil, err
		}
		if takes && tail != "" {
			has = true
		}
		var g Given
		if g, rest, err = l.oneFlag(name, value, has, rest); err != nil {
			return nil, nil, err
		}
		all = append(all, g)
		short = tail
		if has {
			break
		}
	}
	return all, rest, nil
}

func (l *Line) oneFlag(name, value string, has bool, rest []string) (Given, []string, error) {
	if name == "help" || name == "h" {
		l.Help = true
		return Given{}, rest, nil
	}
	takes, err := l.takesValue(name)
	if err != nil {
		return Given{}, nil, err
	}
	if takes && !has {
		if len(rest) == 0 {
			return Given{}, nil, cmderr.Usagef("%s needs a value", Dashed(name))
		}
		value, has, rest = rest[0], true, rest[1:]
	}
	return Given{Name: name, value: value, has: has}, rest, nil
}

// place gives every flag to the deepest command that defines it, now that the whole path is known.
func (l *Line) place(flags []Given) error {
	for _, g := range flags {
		if g.Name == "" {
			continue
		}
		depth := l.DefinedAt(g.Name)
		if depth < 0 {
			return unknownFlag(l.Path, g.Name)
		}
		l.Flags[depth] = append(l.Flags[depth], g.Argument(FindFlag(l.Path[depth], g.Name)))
	}
	return nil
}

func (l *Line) defined(name string) bool {
	return name == "help" || name == "h" || l.DefinedAt(name) >= 0
}

// DefinedAt returns the deepest index in path whose command defines the flag, or -1.
func (l *Line) DefinedAt(name string) int {
	for i, c := range slices.Backward(l.Path) {
		if FindFlag(c, name) != nil {
			return i
		}
	}
	return -1
}

// takesValue reports whether the flag takes a value. A flag that stands before its command is looked up below the
// path, where all that define it must agree.
func (l *Line) takesValue(name string) (bool, error) {
	if name == "help" || name == "h" {
		return false, nil
	}
	if i := l.DefinedAt(name); i >= 0 {
		return FlagTakesValue(FindFlag(l.Path[i], name)), nil
	}
	below := flagsBelow(l.Command(), name)
	if len(below) == 0 {
		return false, unknownFlag(l.Path, name)
	}
	takes := FlagTakesValue(below[0])
	for _, f := range below {
		if FlagTakesValue(f) != takes {
			return false, cmderr.Usagef("%s depends on the command: put it after the command", Dashed(name))
		}
	}
	return takes, nil
}

func flagsBelow(c *Command, name string) []urfave.Flag {
	var found []urfave.Flag
	for _, sub := range c.Sub {
		if f := FindFlag(sub, name); f != nil {
			found = append(found, f)
		}
		found = append(found, flagsBelow(sub, name)...)
	}
	return found
}

func FindFlag(c *Command, name string) urfave.Flag {
	for _, f := range c.Flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func FlagTakesValue(f urfave.Flag) bool {
	d, ok := f.(urfave.DocGenerationFlag)
	return ok && d.TakesValue()
}

func Dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// errNoCommand is a word where a command is expected and that is none.
var errNoCommand = errors.New("no such command")

// unknownCommand and unknownFlag name what is close, never more. The word stands between before and after.
func unknownCommand(path []*Command, word string, before, after []string) error {
	parent := path[len(path)-1]
	var names []string
	for _, c := range parent.Sub {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	err := cmderr.Usagef("unknown command %.60q", PathName(path[1:], word))
	slices.SortStableFunc(names, func(a, b string) int { return leadsTo(parent, b, after) - leadsTo(parent, a, after) })
	if near := cmderr.Closest(word, names); near != "" {
		return err.Hint("did you mean: %s", shell.ShellLine(slices.Concat(before, []string{near}, after)))
	}
	return err.Hint("gearctl %s", strings.TrimSpace(PathName(path[1:], "--help")))
}

// leadsTo is 1 when the word after the command of that name is one of its subcommands, else 0.
func leadsTo(parent *Command, name string, after []string) int {
	if len(after) > 0 && Find(Find(parent.Sub, name).Sub, after[0]) != nil {
		return 1
	}
	return 0
}

func unknownFlag(path []*Command, name string) error {
	var names []string
	for _, c := range path {
		for _, f := range c.Flags {
			for _, n := range f.Names() {
				if len(n) > 1 {
					names = append(names, n)
				}
			}
		}
	}
	err := cmderr.Usagef("unknown flag %.60q", Dashed(name))
	if now := path[len(path)-1].Formerly[name]; now != "" {
		return err.Hint("instead: %s", now)
	}
	if near := cmderr.Closest(name, names); near != "" {
		return err.Hint("did you mean: --%s", near)
	}
	if len(path) > 1 {
		return err.Hint("put arguments that start with \"-\" after --; gearctl %s", PathName(path[1:], "--help"))
	}
	return err.Hint("gearctl --help")
}

// PathName joins the names of path and one more word.
func PathName(path []*Command, word string) string {
	names := make([]string, 0, len(path)+1)
	for _, c := range path {
		names = append(names, c.Name)
	}
	return fmt.Sprint(strings.Join(append(names, word), " "))
}
