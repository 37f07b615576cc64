package commands

import (
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/shell"
)

// shortcuts are words of other tools, after the words that lead to them, and the command and flags that they stand for. They
// lead only to commands that change nothing.
var shortcuts = map[string][]string{
	"ls":         {"status"},
	"list":       {"status"},
	"queue list": {"status"},
	"queue ls":   {"status"},
	"watch":      {"status", "--watch"},
}

// A pointer is a command that a word of another tool may mean. It is named and not run, because it takes or removes something.
type pointer struct{ what, line string }

// pointers are such words, after the words that lead to them.
var pointers = map[string][]pointer{
	"purge":   toDrain,
	"flush":   toDrain,
	"empty":   toDrain,
	"clear":   toDrain,
	"rm":      toDrop,
	"delete":  toDrop,
	"remove":  toDrop,
	"tail":    toPeek,
	"cat":     toPeek,
	"head":    toPeek,
	"kill":    {{"cancel a waiting job", "job cancel"}},
	"cancel":  {{"cancel a waiting job", "job cancel"}},
	"consume": {{"run a command for each job", "work"}},
}

var (
	toDrain = []pointer{{"show what would be taken out of a queue", "drain --dry-run"}, {"take it", "drain"}}
	toDrop  = []pointer{{"remove an empty queue", "queue drop"}, {"take its jobs out first", "drain --dry-run"}}
	toPeek  = []pointer{{"print waiting jobs without taking them", "peek"}, {"show how many check results would be taken and printed", "result tail --dry-run"}}
)

// follow makes l the line of a shortcut, if word is one.
func (l *parsedArgs) follow(word string) bool {
	line, ok := shortcuts[pathName(l.Path[1:], word)]
	if !ok {
		return false
	}
	l.Path, l.Flags = l.Path[:1], l.Flags[:1]
	for _, w := range line {
		if last := len(l.Path) - 1; shell.IsFlag(w) {
			l.Flags[last] = append(l.Flags[last], w)
			continue
		}
		l.Path, l.Flags = append(l.Path, l.Command().Sub.Find(w)), append(l.Flags, nil)
	}
	return true
}

// pointersOf returns what a word after path may mean: as after the root, also after queue.
func pointersOf(path []*cli.Command, word string) []pointer {
	if len(path) == 2 && path[1].Name == "queue" {
		path = path[:1]
	}
	return pointers[pathName(path[1:], word)]
}

// pointAt is the error of a word that means one of list. before and after are the words of the line around it; the hints are
// without --yes, so that what is pasted asks first.
func pointAt(path []*cli.Command, word string, list []pointer, before, after []string) error {
	err := cmderr.Usagef("unknown command %.60q", pathName(path[1:], word))
	if len(path) > 1 { // what led here leads to no other command
		before = slices.DeleteFunc(slices.Clone(before), func(w string) bool { return w == path[1].Name })
	}
	after = slices.DeleteFunc(slices.Clone(after), func(w string) bool { return w == "--yes" || w == "-y" })
	if !slices.ContainsFunc(after, func(w string) bool { return !shell.IsFlag(w) }) {
		argument := "QUEUE"
		if strings.HasPrefix(list[0].line, "job") {
			argument = "HANDLE"
		}
		after = append(after, argument)
	}
	for _, p := range list {
		_ = err.Hint("%s: %s", p.what, shell.GearctlLine(slices.Concat(before, strings.Fields(p.line), after)))
	}
	return err
}

// hostAfterHelp is the error of -h with a host, as gearadmin and mysql take it: -h asks for help. rest follows it on the line,
// and before is what precedes it on the line. It is nil where help is asked for.
func (l *parsedArgs) hostAfterHelp(word string, before, rest []string) error {
	host, glued := "", len(word) > 2 && strings.HasPrefix(word, "-h") && !l.shortFlags(word[1:]) && !l.defined(word[1:])
	switch {
	case glued:
		host = strings.TrimPrefix(word[2:], "=")
	case word == "-h" && len(rest) > 0 && !shell.IsFlag(rest[0]) && !l.leadsOn(rest[0]):
		host, rest = rest[0], rest[1:]
	default:
		return nil
	}
	if len(rest) > 1 && (rest[0] == "-p" || rest[0] == "--port") && strings.Trim(rest[1], "0123456789") == "" {
		host, rest = host+":"+rest[1], rest[2:]
	}
	help := append(commandNames(l.Path[1:]), "--help")
	return cmderr.Usagef("-h %.60q: -h is --help; the option for the server is -s", host).
		Hint("%s", shell.GearctlLine(slices.Concat(before, []string{"-s", host}, rest))).
		Hint("for help: %s", shell.GearctlLine(help))
}

// shortFlags reports whether each letter is a flag without a value.
func (l *parsedArgs) shortFlags(letters string) bool {
	return !strings.ContainsFunc(letters, func(r rune) bool {
		takes, err := l.takesValue(string(r))
		return err != nil || takes
	})
}

// leadsOn reports whether word is a command here.
func (l *parsedArgs) leadsOn(word string) bool {
	_, shortcut := shortcuts[pathName(l.Path[1:], word)]
	return shortcut || l.Command().Sub.Find(word) != nil || len(l.Path) == 1 && word == "help"
}
