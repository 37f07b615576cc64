// Package context is the command context: list and show what is in the files of contexts, use chooses one, edit, validate and
// import change the files. None of them contacts a server.
package context

import "gearctl/commands/internal/cli"

// New returns the command context.
func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "context", Group: cli.GroupLocal, Short: "name servers once, with their keys, TLS and defaults",
		Long: `The files are /etc/gearctl/contexts.yml and ~/.config/gearctl/contexts.yml; in the second, a name replaces that of the
first. They hold no secrets, only paths, and must not be writable by others. gearctl context edit writes the second.

    contexts:
      berlin:
        servers: [gm1, gm2:4731]
        labels: {site: berlin}
        config: /etc/mod_gearman/module.conf    # servers and key of Mod-Gearman
        key_file: /etc/gearctl/berlin.key
        tls: {ca: /etc/gearctl/ca.pem}
        timeout: 5s
        output: {format: json}
      paris:
        servers: [gm3]
        read_only: true
      all:
        group: [berlin, paris]

All keys but servers, config or group may be left out. --context NAME, GEARCTL_CONTEXT or gearctl context use NAME chooses one.

To the servers of a context with read_only nothing is sent but requests for status, priorities, workers, version and jobs, and
echoes, also with -s. Commands that would do more are refused, exit code 2, their dry runs too; health, exporter and doctor leave
out what is not allowed.`,
		Sub: cli.Below(env,
			cli.Subcommand{Name: "list", New: newList},
			cli.Subcommand{Name: "show", New: newShow},
			cli.Subcommand{Name: "use", New: newUse},
			cli.Subcommand{Name: "edit", New: newEdit},
			cli.Subcommand{Name: "validate", New: newValidate},
			cli.Subcommand{Name: "import", New: newImport},
		),
	}
}

// currentName returns the context that a line without flags uses, "" for none.
func currentName(env *cli.Env) string {
	name, _, _ := env.ChosenContext()
	return name
}
