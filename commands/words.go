package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// line is a command line taken apart: urfave/cli stops reading flags at the first argument and takes what follows
// for arguments, so it gets the line in the order that it can read.
type line struct {
	path  []*Command // from the root to the command
	flags [][]string // of each of path, each as --name=value or --name
	words Words
	help  bool
}

// command returns the command that the line names.
func (l *line) command() *Command { return l.path[len(l.path)-1] }

// argv returns the line for urfave/cli: global flags, command, its flags, --, arguments.
func (l *line) argv() []string {
	var argv []string
	for i, c := range l.path {
		argv = append(append(argv, c.Name), l.flags[i]...)
	}
	return append(append(argv, "--"), l.words.Args...)
}

// takeApart reads the words after the program's name. A flag may stand anywhere before the first --, and belongs to
// the deepest command on the line that defines it. A word that begins with - and is not - alone is a flag.
func takeApart(root *Command, argv []string) (*line, error) {
	l := &line{path: []*Command{root}, flags: make([][]string, 1)}
	all := argv
	var early []given // flags that stand before the command that defines them
	for len(argv) > 0 {
		word := argv[0]
		argv = argv[1:]
		switch {
		case word == "--":
			l.dashes(argv)
			argv = nil
		case len(word) > 1 && word[0] == '-':
			g, rest, err := l.flag(word, argv)
			if err != nil {
				return l, err
			}
			argv = rest
			early = append(early, g...)
		default:
			if err := l.word(word); err != nil {
				return l, unknownCommand(l.path, word, all[:len(all)-len(argv)-1], argv)
			}
		}
	}
	return l, l.place(early)
}

// given is a flag as it stood on the line.
type given struct {
	name  string // without dashes; empty: none
	value string
	has   bool // there is a value
}

// argument returns the flag as urfave/cli wants it: under its first name, since it refuses a line that has two of
// a flag's names.
func (g given) argument(f cli.Flag) string {
	arg := "--" + f.Names()[0]
	if g.has {
		arg += "=" + g.value
	}
	return arg
}

// dashes handles what follows the first --.
func (l *line) dashes(rest []string) {
	l.words.Dashes = true
	if l.command().Trailing {
		l.words.Trailing = rest
		return
	}
	l.words.Args = append(l.words.Args, rest...)
}

// word handles a word that is no flag: a command's name as long as the path leads on, then an argument.
func (l *line) word(word string) error {
	c := l.command()
	if len(c.Sub) == 0 || len(l.words.Args) > 0 {
		l.words.Args = append(l.words.Args, word)
		return nil
	}
	if len(l.path) == 1 && word == "help" {
		l.help = true
		return nil
	}
	sub := find(c.Sub, word)
	if sub == nil {
		return errNoCommand
	}
	l.path = append(l.path, sub)
	l.flags = append(l.flags, nil)
	return nil
}

// flag reads the flag in word, with its value from rest when it takes one. Several short flags may share a dash,
// the last of which may take a value: -qo json, -ojson.
func (l *line) flag(word string, rest []string) ([]given, []string, error) {
	if word[1] == '-' {
		name, value, has := strings.Cut(word[2:], "=")
		g, rest, err := l.oneFlag(name, value, has, rest)
		return []given{g}, rest, err
	}
	var all []given
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
		var g given
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

func (l *line) oneFlag(name, value string, has bool, rest []string) (given, []string, error) {
	if name == "help" || name == "h" {
		l.help = true
		return given{}, rest, nil
	}
	takes, err := l.takesValue(name)
	if err != nil {
		return given{}, nil, err
	}
	if takes && !has {
		if len(rest) == 0 {
			return given{}, nil, usagef("%s needs a value", dashed(name))
		}
		value, has, rest = rest[0], true, rest[1:]
	}
	return given{name: name, value: value, has: has}, rest, nil
}

// place gives every flag to the deepest command that defines it, now that the whole path is known.
func (l *line) place(flags []given) error {
	for _, g := range flags {
		if g.name == "" {
			continue
		}
		depth := l.definedAt(g.name)
		if depth < 0 {
			return unknownFlag(l.path, g.name)
		}
		l.flags[depth] = append(l.flags[depth], g.argument(findFlag(l.path[depth], g.name)))
	}
	return nil
}

func (l *line) defined(name string) bool {
	return name == "help" || name == "h" || l.definedAt(name) >= 0
}

// definedAt returns the deepest index in path whose command defines the flag, or -1.
func (l *line) definedAt(name string) int {
	for i, c := range slices.Backward(l.path) {
		if findFlag(c, name) != nil {
			return i
		}
	}
	return -1
}

// takesValue reports whether the flag takes a value. A flag that stands before its command is looked up below the
// path, where all that define it must agree.
func (l *line) takesValue(name string) (bool, error) {
	if name == "help" || name == "h" {
		return false, nil
	}
	if i := l.definedAt(name); i >= 0 {
		return flagTakesValue(findFlag(l.path[i], name)), nil
	}
	below := flagsBelow(l.command(), name)
	if len(below) == 0 {
		return false, unknownFlag(l.path, name)
	}
	takes := flagTakesValue(below[0])
	for _, f := range below {
		if flagTakesValue(f) != takes {
			return false, usagef("%s depends on the command: put it after the command", dashed(name))
		}
	}
	return takes, nil
}

func flagsBelow(c *Command, name string) []cli.Flag {
	var found []cli.Flag
	for _, sub := range c.Sub {
		if f := findFlag(sub, name); f != nil {
			found = append(found, f)
		}
		found = append(found, flagsBelow(sub, name)...)
	}
	return found
}

func findFlag(c *Command, name string) cli.Flag {
	for _, f := range c.Flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func flagTakesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

func dashed(name string) string {
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
	err := usagef("unknown command %.60q", pathName(path[1:], word))
	slices.SortStableFunc(names, func(a, b string) int { return leadsTo(parent, b, after) - leadsTo(parent, a, after) })
	if near := closest(word, names); near != "" {
		return err.hint("did you mean: %s", shellLine(slices.Concat(before, []string{near}, after)))
	}
	return err.hint("gearctl %s", strings.TrimSpace(pathName(path[1:], "--help")))
}

// leadsTo is 1 when the word after the command of that name is one of its subcommands, else 0.
func leadsTo(parent *Command, name string, after []string) int {
	if len(after) > 0 && find(find(parent.Sub, name).Sub, after[0]) != nil {
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
	err := usagef("unknown flag %.60q", dashed(name))
	if now := path[len(path)-1].Formerly[name]; now != "" {
		return err.hint("instead: %s", now)
	}
	if near := closest(name, names); near != "" {
		return err.hint("did you mean: --%s", near)
	}
	if len(path) > 1 {
		return err.hint("put arguments that start with \"-\" after --; gearctl %s", pathName(path[1:], "--help"))
	}
	return err.hint("gearctl --help")
}

// pathName joins the names of path and one more word.
func pathName(path []*Command, word string) string {
	names := make([]string, 0, len(path)+1)
	for _, c := range path {
		names = append(names, c.Name)
	}
	return fmt.Sprint(strings.Join(append(names, word), " "))
}
