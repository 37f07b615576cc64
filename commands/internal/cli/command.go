// Package cli is what a command imports: its description as data, Env (streams, terminal, clock, global flags), printers
// of rows, and the flags that several commands have. It runs no command and never ends the process.
package cli

import (
	"context"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/output"
)

// Group is a heading of the list of commands.
type Group string

// The groups.
const (
	GroupInspect    Group = "Inspect"
	GroupAct        Group = "Act"
	GroupModGearman Group = "Mod-Gearman"
	GroupMonitor    Group = "Monitor"
	GroupLocal      Group = "Local"
	GroupCompat     Group = "Old names"
)

// Groups returns the groups in the order in which help shows them.
func Groups() []Group {
	return []Group{GroupInspect, GroupAct, GroupModGearman, GroupMonitor, GroupLocal, GroupCompat}
}

// Command is a command as data: what it is called, what it takes and what it does. A command with Sub only leads
// to those.
type Command struct {
	Name        string
	Group       Group
	Args        string // the arguments as help shows them, for example "QUEUE|GLOB…"
	Short       string // one line, no full stop
	Long        string // what a user must know, paragraphs separated by blank lines
	Examples    []Example
	Changes     bool                 // it changes something on a server
	Destroys    bool                 // it takes jobs or queues away for good, unless with --dry-run
	OnlyReads   bool                 // with a read-only context, it sends only what that allows and leaves out the rest
	NoContext   bool                 // it uses no context, and works if the files of contexts are broken
	ReadsConfig bool                 // it reads the file of --config by rules of its own
	Flags       []urfave.Flag        // besides the global ones
	Formats     []string             // output formats besides the general ones
	Columns     func() []string      // keys of its rows, for --columns, --sort and completion; nil: it has none
	Min, Max    int                  // how many arguments; Max below 0: any number
	Formerly    map[string]string    // flags of the tools that it replaces, and what to use instead
	Choices     map[string][]string  // what a flag takes, by its first name, where that is one of a few words
	FlagValues  map[string]Completer // candidates for the value of a flag, by its first name
	Trailing    bool                 // words after -- are a list of their own, not arguments
	Verbatim    bool                 // whatever follows its name is an argument, flags and -- too
	Hidden      bool
	Daemon      bool                            // it runs until it is stopped: SIGTERM ends it with exit code 0 at any time
	Finite      func() bool                     // a daemon that ends by itself, as with --count: SIGTERM interrupts it; nil: it never does
	Plugin      func(argv []string) bool        // for such a line it answers as a monitoring plugin does; nil: never
	Unknown     func(format, why string) []byte // what a plugin writes that could not do its work; nil: a line, as in formats for which it returns nothing
	Exits       string                          // an exit code of its own and what it means, such as "5 the time is over"; empty: none
	Sub         Subcommands
	Complete    Completer // candidates for an argument; nil: none, or files when Args begins with FILE
	Run         func(ctx context.Context, w Words) error
}

// Example is a command line that was tried, and what it is for.
type Example struct{ Line, What string }

// Words are the words of a command line that are neither commands nor flags.
type Words struct {
	Args     []string
	Trailing []string // after the user's first --, when the command keeps them apart
	Dashes   bool     // there was a --
}

// Line is a command line that was parsed.
type Line struct {
	Path  []*Command // from the root to the command
	Flags [][]string // of each of Path, each as --name=value or --name
	Words Words
}

// Command returns the command that the line names.
func (l *Line) Command() *Command { return l.Path[len(l.Path)-1] }

// Name returns the words that lead to the command, such as "drain" or "job status".
func (l *Line) Name() string {
	var names []string
	for _, c := range l.Path[1:] {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

// Argument returns the i-th of the arguments, empty when there are fewer.
func Argument(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

// Candidate is a completion with its description.
type Candidate struct{ Value, Description string }

// Completer returns candidates for the argument that begins with word and follows args. It may return others too: the
// caller drops those that do not begin with word, sorts, and removes duplicates. It returns what it has when ctx ends.
type Completer func(ctx context.Context, args []string, word string) []Candidate

// AnyNumber is a Command's Max for any number of arguments.
const AnyNumber = -1

// Flag returns the command's flag of that name or alias, or nil.
func (c *Command) Flag(name string) urfave.Flag {
	for _, f := range c.Flags {
		if first, aliases := FlagName(f); name == first || slices.Contains(aliases, name) {
			return f
		}
	}
	return nil
}

// RowKeys returns the keys of the command's rows.
func (c *Command) RowKeys() []string {
	if c.Columns == nil {
		return nil
	}
	return c.Columns()
}

// KeysOf returns a function that returns the keys of rows of type T, and more. Only help and completion call it: it costs
// time that no other start has to spend.
func KeysOf[T any](more ...string) func() []string {
	return func() []string { return append(output.Keys(output.ColumnsOf[T]()), more...) }
}
