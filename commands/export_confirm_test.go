package commands

import "gearctl/commands/internal/cli"

// CommandsWithFlag returns the words of every command, hidden ones too, that has a flag of its own.
func CommandsWithFlag(flag string) []string {
	return commandsWhere(func(c *cli.Command) bool { return c.Flag(flag) != nil })
}

// DestructiveCommands returns the words of every command that takes jobs or queues away for good.
func DestructiveCommands() []string {
	return commandsWhere(func(c *cli.Command) bool { return c.Destroys })
}

// ReadingCommands returns the words of every command that says that it changes nothing on a server.
func ReadingCommands() []string {
	return commandsWhere(func(c *cli.Command) bool { return !c.Changes })
}

func commandsWhere(holds func(*cli.Command) bool) []string {
	var names []string
	for name, c := range leaves(root(testEnv()).Sub, "") {
		if holds(c) {
			names = append(names, name)
		}
	}
	return names
}
