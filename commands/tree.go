package commands

// root returns the command tree, whose flags and rows write into env.
func root(env *Env) *Command {
	return &Command{
		Name:  "gearctl",
		Short: "operate Gearman job servers and Mod-Gearman",
		Flags: env.globalFlags(),
		Sub: []*Command{
			newStatus(env),
			newVersion(env),
			newSubmit(env),
			newDrain(env),
			newServer(env),
			newDemo(env),
		},
	}
}
