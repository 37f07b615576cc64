package commands

// root returns the command tree, whose flags and rows write into env.
func root(env *Env) *Command {
	return &Command{
		Name:    "gearctl",
		Short:   "operate Gearman job servers and Mod-Gearman",
		Flags:   env.globalFlags(),
		Choices: map[string][]string{"color": {"auto", "always", "never"}},
		Sub: []*Command{
			newStatus(env),
			newWorkers(env),
			newVersion(env),
			newTop(env),
			newPing(env),
			newPeek(env),
			newJobs(env),
			newJob(env),
			newRaw(env),
			newSubmit(env),
			newWork(env),
			newDrain(env),
			newReplay(env),
			newProxy(env),
			newMove(env),
			newQueue(env),
			newCheck(env),
			newResult(env),
			newPayload(env),
			newRoute(env),
			newConfig(env),
			newDoctor(env),
			newHealth(env),
			newExporter(env),
			newServer(env),
			newDemo(env, Main),
			newCompletion(env),
			newComplete(env),
		},
	}
}
