package commands

import (
	"context"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/shell"
)

// completion is a command line up to the cursor.
type completion struct {
	env *cli.Env
	top *cli.Command

	line  *parsedArgs
	given []flagArg // flags before the cursor
	word  string    // at the cursor, up to it
	value string    // name of the flag whose value word is; empty: of none
}

// answer returns the candidates for the last of words, which follow the program's name. It asks servers only for an
// argument, by the global flags among words.
func (c *completion) answer(ctx context.Context, words []string) reply {
	if len(words) == 0 || !c.read(words) {
		return reply{}
	}
	r := reply{}
	switch cmd := c.line.Command(); {
	case c.value != "":
		r = c.values(ctx, c.value, c.word)
	case !c.line.Words.Dashes && strings.HasPrefix(c.word, "-"):
		r = c.flagWord(ctx)
	case len(cmd.Sub) > 0:
		r = c.commands(cmd)
	default:
		r = c.arguments(ctx, cmd)
	}
	return r.only(c.word)
}

// read sorts the words before the cursor into c.line and c.given, and sets c.word to the word at the cursor. It returns
// false if there is no such command. An unknown flag counts as one without a value.
func (c *completion) read(words []string) bool {
	c.line = newParsedArgs(c.top)
	for len(words) > 1 {
		word := words[0]
		words = words[1:]
		switch {
		case word == "--":
			last := len(words) - 1
			c.line.dashes(words[:last])
			words = words[last:]
		case shell.IsFlag(word):
			words = c.readFlag(word, words)
		default:
			if c.line.word(word) != nil {
				return false
			}
		}
	}
	c.word = words[0]
	return true
}

// readFlag reads the flag in word, whose value may be the first of rest, and returns what is left to read. The word
// at the cursor always is, also as a value.
func (c *completion) readFlag(word string, rest []string) []string {
	flags, left, err := c.line.flag(word, rest)
	if err != nil {
		return rest
	}
	c.given = append(c.given, flags...)
	if len(left) == 0 {
		c.value = flags[len(flags)-1].name
		return rest
	}
	return left
}

// commands offers what may follow cmd, which leads on.
func (c *completion) commands(cmd *cli.Command) reply {
	var r reply
	if c.line.Words.Dashes {
		return r
	}
	for _, sub := range cmd.Sub.All() {
		if !sub.Hidden {
			r.candidates = append(r.candidates, cli.Candidate{Value: sub.Name, Description: sub.Short})
		}
	}
	if cmd == c.top && !c.line.help {
		r.candidates = append(r.candidates, cli.Candidate{Value: "help", Description: "show help and examples"})
	}
	return r
}

// arguments offers the arguments of cmd. Where -- has not been, a value that would be read as a flag is left out.
func (c *completion) arguments(ctx context.Context, cmd *cli.Command) reply {
	w := c.line.Words
	switch {
	case c.line.help:
		return reply{}
	case w.Dashes && cmd.Trailing:
		return reply{files: true}
	case cmd.Max >= 0 && len(w.Args) >= cmd.Max:
		return reply{}
	case cmd.Complete == nil:
		return reply{files: takesFile(cmd.Args)}
	}
	if c.setGlobals(ctx) != nil {
		return reply{}
	}
	var r reply
	for _, candidate := range cmd.Complete(ctx, w.Args, c.word) {
		if w.Dashes || !shell.IsFlag(candidate.Value) {
			r.candidates = append(r.candidates, candidate)
		}
	}
	return r
}

// setGlobals sets the global flags as the line, the environment and the context have them. Nothing is traced.
func (c *completion) setGlobals(ctx context.Context) error {
	var argv []string
	for _, g := range c.given {
		if g.name != "" && c.line.definedAt(g.name) == 0 {
			argv = append(argv, g.argument(c.top.Flag(g.name)))
		}
	}
	app := newParser(&cli.Line{Path: []*cli.Command{c.top}, Flags: [][]string{argv}}, func(*urfave.Context) error { return nil })
	err := app.RunContext(ctx, append([]string{c.top.Name}, argv...))
	if err == nil {
		err = c.env.ReadVariables(argv)
	}
	if err == nil {
		err = c.env.ApplyContext()
	}
	c.env.Globals.Quiet = true
	c.env.Globals.Trace = false
	return err
}
