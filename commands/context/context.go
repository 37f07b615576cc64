// Package context is the command context: list and show what is in the files of contexts, use chooses one, edit, validate and
// import change the files. None of them contacts a server.
package context

import "gearctl/commands/internal/cli"

// New returns the command context.
func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "context", Group: cli.GroupLocal, Short: "name servers once, with their keys, TLS and defaults",
		Sub: []*cli.Command{newList(env), newShow(env), newUse(env), newEdit(env), newValidate(env), newImport(env)},
	}
}

// currentName returns the context that a line without flags uses, "" for none.
func currentName(env *cli.Env) string {
	name, _, _ := env.ChosenContext()
	return name
}
