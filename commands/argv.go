package commands

import (
	"errors"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/shell"
)

// parsedArgs is a parsed command line. urfave/cli stops reading flags at the first argument, so it gets the line in the
// order that it can read: see argv.
type parsedArgs struct {
	cli.Line
	help  bool
	ahead []string // of the line, after the flag that is being read
}

// argv returns the line for urfave/cli: global flags, command, its flags, --, arguments.
func (l *parsedArgs) argv() []string {
	var argv []string
	for i, c := range l.Path {
		argv = append(append(argv, c.Name), l.Flags[i]...)
	}
	return append(append(argv, "--"), l.Words.Args...)
}

// parse reads the words after the program's name. A flag may stand anywhere before the first --, and belongs to
// the deepest command on the line that defines it. A word that begins with - and is not - alone is a flag.
func parse(root *cli.Command, argv []string) (*parsedArgs, error) {
	l := newParsedArgs(root)
	l.help = len(argv) == 0
	all := argv
	var early []flagArg // flags that stand before the command that defines them
	for len(argv) > 0 {
		word := argv[0]
		argv = argv[1:]
		switch {
		case word == "--":
			l.dashes(argv)
			argv = nil
		case len(word) > 1 && word[0] == '-':
			if err := l.hostAfterHelp(word, all[:len(all)-len(argv)-1], argv); err != nil {
				return l, err
			}
			g, rest, err := l.flag(word, argv)
			if err != nil {
				return l, err
			}
			argv = rest
			early = append(early, g...)
		default:
			if err := l.word(word); err != nil {
				return l, unknownCommand(l.Path, word, all[:len(all)-len(argv)-1], argv)
			}
		}
	}
	return l, l.place(early)
}

func newParsedArgs(root *cli.Command) *parsedArgs {
	return &parsedArgs{Line: cli.Line{Path: []*cli.Command{root}, Flags: make([][]string, 1)}}
}

// flagArg is a flag as it stood on the line.
type flagArg struct {
	name  string // without dashes; empty: none
	value string
	has   bool // there is a value
}

// argument returns the flag as urfave/cli wants it: under its first name, since it refuses a line that has two of
// a flag's names.
func (g flagArg) argument(f urfave.Flag) string {
	name, _ := cli.FlagName(f)
	arg := "--" + name
	if g.has {
		arg += "=" + g.value
	}
	return arg
}

// dashes handles what follows the first --.
func (l *parsedArgs) dashes(rest []string) {
	l.Words.Dashes = true
	if l.Command().Trailing {
		l.Words.Trailing = rest
		return
	}
	l.Words.Args = append(l.Words.Args, rest...)
}

// word handles a word that is no flag: a command's name as long as the path leads on, then an argument.
func (l *parsedArgs) word(word string) error {
	c := l.Command()
	if len(c.Sub) == 0 || len(l.Words.Args) > 0 {
		l.Words.Args = append(l.Words.Args, word)
		return nil
	}
	if len(l.Path) == 1 && word == "help" {
		l.help = true
		return nil
	}
	sub := c.Sub.Find(word)
	switch {
	case sub == nil && l.follow(word):
		return nil
	case sub == nil:
		return errNoCommand
	}
	l.Path = append(l.Path, sub)
	l.Flags = append(l.Flags, nil)
	return nil
}

// flag reads the flag in word, with its value from rest when it takes one. Several short flags may share a dash,
// the last of which may take a value: -qo json, -ojson.
func (l *parsedArgs) flag(word string, rest []string) ([]flagArg, []string, error) {
	l.ahead = rest
	if word[1] == '-' {
		name, value, has := strings.Cut(word[2:], "=")
		g, rest, err := l.oneFlag(name, value, has, rest)
		return []flagArg{g}, rest, err
	}
	var all []flagArg
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
		var g flagArg
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

func (l *parsedArgs) oneFlag(name, value string, has bool, rest []string) (flagArg, []string, error) {
	if name == "help" || name == "h" {
		l.help = true
		return flagArg{}, rest, nil
	}
	takes, err := l.takesValue(name)
	if err != nil {
		return flagArg{}, nil, err
	}
	if takes && !has {
		if bare, ok := l.bareValue(name, rest); ok {
			return flagArg{name: name, value: bare, has: true}, rest, nil
		}
		if len(rest) == 0 {
			return flagArg{}, nil, cmderr.Usagef("%s needs a value", dashed(name))
		}
		value, has, rest = rest[0], true, rest[1:]
	}
	return flagArg{name: name, value: value, has: has}, rest, nil
}

// bareValue returns the value of a flag that may be left out, if the next word of rest is not a value of it.
func (l *parsedArgs) bareValue(name string, rest []string) (value string, ok bool) {
	depth := l.definedAt(name)
	if depth < 0 {
		return "", false
	}
	generic, ok := l.Path[depth].Flag(name).(*urfave.GenericFlag)
	if !ok {
		return "", false
	}
	bare, ok := generic.Value.(cli.BareFlag)
	if !ok {
		return "", false
	}
	next := ""
	if len(rest) > 0 {
		next = rest[0]
	}
	return bare.Bare(next)
}

// place gives every flag to the deepest command that defines it, now that the whole path is known.
func (l *parsedArgs) place(flags []flagArg) error {
	for _, g := range flags {
		if g.name == "" {
			continue
		}
		depth := l.definedAt(g.name)
		if depth < 0 {
			return unknownFlag(l.Path, g.name)
		}
		l.Flags[depth] = append(l.Flags[depth], g.argument(l.Path[depth].Flag(g.name)))
	}
	return nil
}

func (l *parsedArgs) defined(name string) bool {
	return name == "help" || name == "h" || l.definedAt(name) >= 0
}

// definedAt returns the deepest index in path whose command defines the flag, or -1.
func (l *parsedArgs) definedAt(name string) int {
	for i, c := range slices.Backward(l.Path) {
		if c.Flag(name) != nil {
			return i
		}
	}
	return -1
}

// takesValue reports whether the flag takes a value. A flag that stands before its command is looked up below the
// path. Where those that define it do not agree, the first command ahead that defines it decides.
func (l *parsedArgs) takesValue(name string) (bool, error) {
	if name == "help" || name == "h" {
		return false, nil
	}
	if i := l.definedAt(name); i >= 0 {
		return takesValue(l.Path[i].Flag(name)), nil
	}
	below := flagsBelow(l.Command(), name)
	if len(below) == 0 {
		return false, unknownFlag(l.Path, name)
	}
	takes := takesValue(below[0])
	for _, f := range below {
		if takesValue(f) == takes {
			continue
		}
		for _, word := range l.ahead {
			if c := l.Command().Sub.Find(word); c != nil && c.Flag(name) != nil {
				return takesValue(c.Flag(name)), nil
			}
		}
		return false, cmderr.Usagef("%s depends on the command: put it after the command", dashed(name))
	}
	return takes, nil
}

func flagsBelow(c *cli.Command, name string) []urfave.Flag {
	var found []urfave.Flag
	for _, sub := range c.Sub.All() {
		if f := sub.Flag(name); f != nil {
			found = append(found, f)
		}
		found = append(found, flagsBelow(sub, name)...)
	}
	return found
}

// takesValue reports whether the word after a flag is its value. A value that may be left out stands after = alone, as with
// boolean flags.
func takesValue(f urfave.Flag) bool {
	if g, ok := f.(*urfave.GenericFlag); ok {
		optional, ok := g.Value.(interface{ IsBoolFlag() bool })
		return !ok || !optional.IsBoolFlag()
	}
	d, ok := f.(urfave.DocGenerationFlag)
	return ok && d.TakesValue()
}

// dashed returns a flag as it is typed.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// verbatim returns the command that argv begins with when that takes the other words as they are, and those; else nil.
func verbatim(c *cli.Command, argv []string) (*cli.Command, []string) {
	for len(argv) > 0 {
		if c = c.Sub.Find(argv[0]); c == nil {
			return nil, nil
		}
		if argv = argv[1:]; c.Verbatim {
			return c, argv
		}
	}
	return nil, nil
}

// errNoCommand is a word where a command is expected and that is none.
var errNoCommand = errors.New("no such command")

// unknownCommand and unknownFlag name what is close, never more. The word stands between before and after.
func unknownCommand(path []*cli.Command, word string, before, after []string) error {
	if list := pointersOf(path, word); list != nil {
		return pointAt(path, word, list, before, after)
	}
	parent := path[len(path)-1]
	var names []string
	for _, c := range parent.Sub.All() {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	err := cmderr.Usagef("unknown command %.60q", pathName(path[1:], word))
	slices.SortStableFunc(names, func(a, b string) int { return leadsTo(parent, b, after) - leadsTo(parent, a, after) })
	if near := cmderr.Closest(word, names); near != "" {
		return err.Hint("did you mean: %s", shell.GearctlLine(slices.Concat(before, []string{near}, after)))
	}
	return err.Hint("gearctl %s", strings.TrimSpace(pathName(path[1:], "--help")))
}

// leadsTo is 1 when the word after the command of that name is one of its subcommands, else 0.
func leadsTo(parent *cli.Command, name string, after []string) int {
	if len(after) > 0 && parent.Sub.Find(name).Sub.Find(after[0]) != nil {
		return 1
	}
	return 0
}

func unknownFlag(path []*cli.Command, name string) error {
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
	err := cmderr.Usagef("unknown flag %.60q", dashed(name))
	for _, c := range slices.Backward(path) {
		if now := c.Formerly[name]; now != "" {
			return err.Hint("instead: %s", now)
		}
	}
	if near := cmderr.Closest(name, names); near != "" {
		return err.Hint("did you mean: --%s", near)
	}
	if len(path) > 1 {
		return err.Hint("put arguments that start with \"-\" after --; gearctl %s", pathName(path[1:], "--help"))
	}
	return err.Hint("gearctl --help")
}

// pathName joins the names of path and one more word.
func pathName(path []*cli.Command, word string) string {
	return strings.Join(append(commandNames(path), word), " ")
}

func commandNames(path []*cli.Command) []string {
	list := make([]string, 0, len(path)+1)
	for _, c := range path {
		list = append(list, c.Name)
	}
	return list
}
