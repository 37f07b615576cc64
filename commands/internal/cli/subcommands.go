package cli

// Subcommands are the commands below another, in the order of the help.
type Subcommands []*Subcommand

// Subcommand is a command that is made when it is first asked for. A line needs one of them, and to make all of gearctl's
// with their flags takes longer than to run it.
type Subcommand struct {
	Name    string
	New     func(*Env) *Command // its Name must be that of the Subcommand
	env     *Env
	command *Command
}

// Below returns the subcommands of list, whose flags and rows write into env.
func Below(env *Env, list ...Subcommand) Subcommands {
	subs := make(Subcommands, len(list))
	for i := range list {
		list[i].env = env
		subs[i] = &list[i]
	}
	return subs
}

// Command returns the command, always the same.
func (s *Subcommand) Command() *Command {
	if s.command == nil {
		s.command = s.New(s.env)
	}
	return s.command
}

// Find returns the command of that name, or nil.
func (s Subcommands) Find(name string) *Command {
	for _, sub := range s {
		if sub.Name == name {
			return sub.Command()
		}
	}
	return nil
}

// All returns all the commands.
func (s Subcommands) All() []*Command {
	all := make([]*Command, len(s))
	for i, sub := range s {
		all[i] = sub.Command()
	}
	return all
}
