package commands

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
)

// testEnv is an Env without streams, for tests that run no command.
func testEnv() *cli.Env {
	return &cli.Env{
		Getenv:   func(string) string { return "" },
		Hostname: func() (string, error) { return "testhost", nil }, Now: time.Now, Version: "test",
	}
}

// ParsedLine is what the parser makes of a command line.
type ParsedLine struct {
	Command string   // the first word of the command
	Globals []string // flags before it, as --NAME=VALUE
	Help    bool     // it asks for help
}

// ParseLine parses a command line without running it.
func ParseLine(ctx context.Context, words []string) (ParsedLine, error) {
	l, err := parse(root(testEnv()), words)
	if err != nil {
		return ParsedLine{}, err
	}
	if l.help {
		return ParsedLine{Help: true}, nil
	}
	err = newParser(&l.Line, func(*urfave.Context) error { return nil }).RunContext(ctx, l.argv())
	return ParsedLine{Command: l.Path[1].Name, Globals: l.Flags[0]}, err
}

// ShownGroups returns the words that have commands of their own.
func ShownGroups() []string {
	var names []string
	for _, c := range root(testEnv()).Sub.All() {
		if len(c.Sub) > 0 && !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
}

// ShownCommands returns the words of every command that the help lists.
func ShownCommands() []string {
	var names []string
	for name, c := range leaves(root(testEnv()).Sub, "") {
		if !c.Hidden {
			names = append(names, name)
		}
	}
	return names
}
