package cli

import (
	"errors"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// serverChoice is which servers a command line means. The first of these that is there counts: -s, --config on the
// line, GEARCTL_SERVER, GEARMAN_SERVERS, GEARMAN_SERVER, the file of GEARCTL_CONFIG, localhost:4730.
type serverChoice struct {
	List []string // empty: nobody named one
	from string   // what named them, for messages
	told bool     // the note about a conflict was printed
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
	if len(c.List) == 0 {
		return []string{defaultServer}, nil
	}
	if err := e.reportConflict(c); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(c.List), func(s string) bool { return e.run.aliases[s] != "" }), nil
}

func (e *Env) chooseServers() (*serverChoice, error) {
	if e.run.servers != nil {
		return e.run.servers, nil
	}
	c, err := e.ServersOfUser()
	if err != nil {
		return nil, err
	}
	file := &e.Globals.Config
	if c.from != flagServer && file.OnLine || c.from == "" && file.Path != "" {
		c, err = e.serversOfConfig()
	}
	if err == nil {
		e.run.servers = c
	}
	return c, err
}

const flagServer = "-s"

// ServersOfUser are the servers of -s, else those of the environment, else none.
func (e *Env) ServersOfUser() (*serverChoice, error) {
	if items := e.Globals.Servers.Value(); len(items) > 0 {
		list, err := wire.ParseServers(items...)
		if err == nil && len(list) == 0 {
			return nil, cmderr.Usagef("--server is empty").Hint("omit it for %s", defaultServer)
		}
		return &serverChoice{List: list, from: flagServer}, usageOf("", err)
	}
	return e.serversOfEnvironment()
}

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
	return new(serverChoice), nil
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

// serversOfConfig are the servers of the configuration. That it names none is an error: the default would be a server
// that nobody meant.
func (e *Env) serversOfConfig() (*serverChoice, error) {
	c, err := e.Config()
	if err != nil {
		return nil, err
	}
	from := e.Globals.Config.String()
	list, err := wire.ParseServers(configServers(c)...)
	if err != nil {
		return nil, usageOf(from, err)
	}
	if len(list) == 0 {
		server := defaultServer
		if named, err := e.serversOfEnvironment(); err == nil && len(named.List) > 0 {
			server = strings.Join(named.List, ",")
		}
		return nil, cmderr.Usagef("%s: no server= in it", from).Hint("set one: %v", cmderr.SameLine{Server: server})
	}
	return &serverChoice{List: list, from: from}, nil
}

// reportConflict prints, once, that the servers of --config are used though the environment names others. A
// destructive command that nobody watches is refused.
func (e *Env) reportConflict(c *serverChoice) error {
	if c.told || !e.Globals.Config.OnLine || c.from == flagServer {
		return nil
	}
	named, err := e.serversOfEnvironment()
	if err != nil || len(named.List) == 0 || sameSet(named.List, c.List) {
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

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// serverList is what -s of a command line for the user says: server, or the servers of this run. It is empty when the
// line finds them without, which is when nobody named one.
func (e *Env) serverList(server string) string {
	c, err := e.chooseServers()
	switch {
	case err == nil && c.from == "" && (server == "" || server == defaultServer):
		return ""
	case server != "" || err != nil:
		return server
	}
	return strings.Join(c.List, ",")
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
