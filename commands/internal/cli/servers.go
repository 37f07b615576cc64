package cli

import (
	"errors"
	"net"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/wire"
)

// serverChoice is which servers a command line means.
type serverChoice struct {
	List []string // empty: nobody named one
	from string   // what named them, for messages
	told bool     // the note about a conflict was printed
}

// serverSource is a place where servers are named.
type serverSource struct {
	onLine bool
	read   func() (*serverChoice, error) // nil without error: it names none
}

// serverSources returns the places where servers are named, the strongest first. Of those on the line, two that name
// different servers are an error.
func (e *Env) serverSources() []serverSource {
	return []serverSource{
		{true, e.serversOfFlag},
		{true, func() (*serverChoice, error) { return e.serversOfContext(flagContext) }},
		{true, e.serversOfConfigFlag},
		{false, e.serversOfEnvironment},
		{false, e.serversOfEnvConfig},
		{false, func() (*serverChoice, error) { return e.serversOfContext(envContext) }},
		{false, func() (*serverChoice, error) { return e.serversOfContext(ContextUse) }},
	}
}

// defaultServer is asked when nobody names a server.
const defaultServer = "localhost:" + wire.DefaultPort

// serverVariables are the environment variables that name servers, the strongest first.
func serverVariables() []string {
	return []string{"GEARCTL_SERVER", "GEARMAN_SERVERS", "GEARMAN_SERVER"}
}

// Servers returns the servers to ask, without those that are others under a second name. A command that would take
// them from a configuration which names none fails.
func (e *Env) Servers() ([]string, error) {
	c, err := e.chooseServers()
	if err != nil {
		return nil, err
	}
	list := c.List
	if len(list) == 0 {
		list = []string{defaultServer}
	}
	e.reportOtherContext(c)
	for _, check := range []func() error{func() error { return e.reportConflict(c) }, e.checkChosenNow, func() error { return e.checkReadOnly(list) }} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return e.run.aliases[s] != "" }), nil
}

// ServersNamed reports whether anything names the servers of the run: else it asks the default server.
func (e *Env) ServersNamed() (bool, error) {
	c, err := e.chooseServers()
	return err == nil && len(c.List) > 0, err
}

func (e *Env) chooseServers() (*serverChoice, error) {
	if e.run.servers != nil {
		return e.run.servers, nil
	}
	chosen, err := e.firstServers()
	if err == nil {
		e.run.servers = chosen
	}
	return chosen, err
}

func (e *Env) firstServers() (*serverChoice, error) {
	var chosen *serverChoice
	for _, source := range e.serverSources() {
		if chosen != nil && !source.onLine {
			break
		}
		c, err := source.read()
		switch {
		case err != nil:
			return nil, err
		case chosen == nil:
			chosen = c
		case c != nil && !sameSet(c.List, chosen.List):
			return nil, e.contradiction(chosen, c)
		}
	}
	if chosen == nil {
		return new(serverChoice), nil
	}
	return chosen, nil
}

// contradiction is the error of a line that names different servers in two ways.
func (e *Env) contradiction(a, b *serverChoice) error {
	err := cmderr.Usagef("%s is %s, but %s is %s", a.from, strings.Join(a.List, ","), b.from, strings.Join(b.List, ","))
	return err.Hint("choose one: %v", e.only(a)).Hint("or: %v", e.only(b))
}

// only returns the typed line with no other flag that names servers than that of c.
func (e *Env) only(c *serverChoice) cmderr.SameLine {
	switch flag, _, _ := strings.Cut(c.from, " "); flag {
	case flagServer:
		return cmderr.SameLine{Chosen: []string{flagServer, strings.Join(c.List, ",")}, Less: []string{"--config"}}
	case flagContext:
		return cmderr.SameLine{Chosen: []string{flagContext, e.Globals.Context}, Less: []string{"--config"}}
	}
	return cmderr.SameLine{Chosen: []string{}}
}

const flagServer = "-s"

// serversOfFlag are the servers of -s.
func (e *Env) serversOfFlag() (*serverChoice, error) {
	items := e.Globals.Servers.Value()
	if len(items) == 0 {
		return nil, nil
	}
	list, err := wire.ParseServers(items...)
	if err == nil && len(list) == 0 {
		return nil, cmderr.Usagef("--server is empty").Hint("omit it for %s", defaultServer)
	}
	return &serverChoice{List: list, from: flagServer}, usageOf("", err)
}

// serversOfContext are the servers of the context that was chosen in that way.
func (e *Env) serversOfContext(chosen string) (*serverChoice, error) {
	a, err := e.ActiveContext()
	if a == nil || err != nil || a.Chosen != chosen {
		return nil, err
	}
	return &serverChoice{List: a.addresses(), from: a.String()}, nil
}

// ServersOfUser are the servers of -s or --context, of the environment, or of a context that was chosen before, else none. It
// leaves out those of a configuration.
func (e *Env) ServersOfUser() (*serverChoice, error) {
	named, err := e.serversOfFlag()
	if err != nil || named != nil && e.Globals.Context == "" {
		return named, err
	}
	a, err := e.ActiveContext()
	switch {
	case err != nil:
		return nil, err
	case a != nil && named != nil && !sameSet(named.List, a.addresses()):
		return nil, e.contradiction(named, &serverChoice{List: a.addresses(), from: a.String()})
	case a != nil:
		return &serverChoice{List: a.addresses(), from: a.String()}, nil
	}
	if c, err := e.serversOfEnvironment(); c != nil || err != nil {
		return c, err
	}
	return new(serverChoice), nil
}

// serversOfEnvironment are the servers of the first variable that names some.
func (e *Env) serversOfEnvironment() (*serverChoice, error) {
	for _, name := range serverVariables() {
		value := e.Getenv(name)
		if value == "" {
			continue
		}
		list, err := wire.ParseServers(value)
		if err == nil && len(list) == 0 {
			err = cmderr.Errorf("no server given")
		}
		return &serverChoice{List: list, from: name}, usageOf(name, err)
	}
	return nil, nil
}

// usageOf is err as a usage error about name, or nil.
func usageOf(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case name == "":
		return cmderr.Usagef("%v", err)
	}
	return cmderr.Usagef("%s: %v", name, err)
}

// serversOfConfigFlag are the servers of --config.
func (e *Env) serversOfConfigFlag() (*serverChoice, error) {
	if !e.Globals.Config.OnLine {
		return nil, nil
	}
	return e.serversOfConfig(len(e.Globals.Servers.Value()) == 0 && e.Globals.Context == "")
}

// serversOfEnvConfig are the servers of GEARCTL_CONFIG.
func (e *Env) serversOfEnvConfig() (*serverChoice, error) {
	if c := &e.Globals.Config; c.Path == "" || c.context != "" {
		return nil, nil
	}
	return e.serversOfConfig(true)
}

// serversOfConfig are the servers of the configuration. If it alone can name them, it is an error that it names none: the
// default would be a server that nobody meant.
func (e *Env) serversOfConfig(alone bool) (*serverChoice, error) {
	c, err := e.Config()
	if err != nil {
		return nil, err
	}
	from := e.Globals.Config.String()
	list, err := wire.ParseServers(configServers(c)...)
	switch {
	case err != nil:
		return nil, usageOf(from, err)
	case len(list) > 0:
		return &serverChoice{List: list, from: from}, nil
	case !alone:
		return nil, nil
	}
	server := defaultServer
	if named, err := e.serversOfEnvironment(); err == nil && named != nil {
		server = strings.Join(named.List, ",")
	}
	return nil, cmderr.Usagef("%s: no server= in it", from).Hint("set one: %v", cmderr.SameLine{Server: server})
}

// checkChosenNow refuses destructive work that nobody watches on servers of a context that the line does not name: the
// context may have been chosen long ago, or by somebody else.
func (e *Env) checkChosenNow() error {
	a := e.run.context.active
	if a == nil || a.Chosen == flagContext || !e.run.destroys || e.attended() {
		return nil
	}
	return cmderr.Usagef("context %s was chosen by %s only: away from a terminal, %s needs --context or -s on the line", a.Name, a.Chosen, e.CommandName()).
		Hint("to use it: %v", cmderr.SameLine{Chosen: []string{flagContext, a.Name}})
}

// reportConflict prints, once, that the servers of --config are used though the environment names others. A
// destructive command that nobody watches is refused.
func (e *Env) reportConflict(c *serverChoice) error {
	if c.told || c.from != e.Globals.Config.String() || !e.Globals.Config.OnLine {
		return nil
	}
	named, err := e.serversOfEnvironment()
	if err != nil || named == nil || sameSet(named.List, c.List) {
		return nil
	}
	ours, theirs := strings.Join(c.List, ","), strings.Join(named.List, ",")
	if e.run.destroys && !e.attended() {
		return cmderr.Usagef("ambiguous server: %s has %s, %s has %s", c.from, ours, named.from, theirs).
			Hint("choose one: %v", cmderr.SameLine{Server: ours})
	}
	c.told = true
	e.Info("using %s of %s, not %s of %s", ours, c.from, theirs, named.from)
	return nil
}

// reportOtherContext prints, once, that servers of the environment are used though a context was chosen that has others.
func (e *Env) reportOtherContext(c *serverChoice) {
	onLine := e.Globals.Context != "" || len(e.Globals.Servers.Value()) > 0 || e.Globals.Config.OnLine
	if onLine || !e.serversInEnvironment() || !e.firstTime("other context") {
		return
	}
	name, chosen, err := e.earlierContext()
	if name == "" || err != nil {
		return
	}
	set, err := e.Contexts()
	if err != nil {
		return
	}
	other := &ActiveContext{Context: &contexts.Context{Name: name}, Chosen: chosen}
	other.Servers, err = set.Resolve(name)
	if err == nil && !sameSet(other.addresses(), c.List) {
		e.Info("using %s of %s, not %s of %s", strings.Join(c.List, ","), c.from, strings.Join(other.addresses(), ","), other)
	}
}

// sameSet reports whether two lists have the same servers. The names of this host for itself are one.
func sameSet(a, b []string) bool {
	return slices.Equal(distinctServers(a), distinctServers(b))
}

func distinctServers(list []string) []string {
	names := make([]string, len(list))
	for i, server := range list {
		host, port, _ := net.SplitHostPort(server)
		if host == "127.0.0.1" || host == "::1" {
			host = "localhost"
		}
		names[i] = net.JoinHostPort(host, port)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// chooseAgain are the flags with which another line reaches server, or the servers of this run if it is empty. There are none
// when the line finds them without, which is when nobody named one.
func (e *Env) chooseAgain(server string) []string {
	a := e.run.context.active
	if a != nil && server == "" {
		return []string{flagContext, a.Name}
	}
	if flags := a.contextFlags(server); flags != nil {
		return flags
	}
	c, err := e.chooseServers()
	switch {
	case err == nil && c.from == "" && (server == "" || server == defaultServer):
		return nil
	case server == "" && err == nil:
		server = strings.Join(c.List, ",")
	}
	if server == "" {
		return nil
	}
	return []string{"-s", server}
}

// NoteSkipped reports, once for each server, why used was used and not a server before it. It may be called concurrently.
func (e *Env) NoteSkipped(errs []error, used string) {
	for _, err := range errs {
		var op *wire.OpError
		if !errors.As(err, &op) || e.firstTime("server "+op.Server) {
			e.Info("%v; using %s", err, used)
		}
	}
}

// firstTime reports whether it is called with this text for the first time.
func (e *Env) firstTime(what string) bool {
	_, again := e.run.reported.LoadOrStore(what, true)
	return !again
}
