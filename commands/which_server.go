package commands

import (
	"slices"
	"strings"

	"gearctl/wire"
)

// serverChoice is which servers a command line means. The first of these that is there counts: -s, --config on the
// line, GEARCTL_SERVER, GEARMAN_SERVERS, GEARMAN_SERVER, the file of GEARCTL_CONFIG, localhost:4730.
type serverChoice struct {
	list []string // empty: nobody named one
	from string   // what named them, for messages
	told bool     // the note about a conflict was printed
}

// defaultServer is asked when nobody names a server.
const defaultServer = "localhost:" + wire.DefaultPort

// serverVariables are the environment variables that name servers, the strongest first.
func serverVariables() []string {
	return []string{"GEARCTL_SERVER", "GEARMAN_SERVERS", "GEARMAN_SERVER"}
}

// servers returns the servers to ask, without those that are others under a second name. A command that would take
// them from a configuration which names none fails.
func (e *Env) servers() ([]string, error) {
	c, err := e.chooseServers()
	if err != nil {
		return nil, err
	}
	if len(c.list) == 0 {
		return []string{defaultServer}, nil
	}
	if err := e.reportConflict(c); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(c.list), func(s string) bool { return e.same[s] != "" }), nil
}

func (e *Env) chooseServers() (*serverChoice, error) {
	if e.choice != nil {
		return e.choice, nil
	}
	c, err := e.serversOfUser()
	if err != nil {
		return nil, err
	}
	file := &e.globals.config
	if c.from != flagServer && file.onLine || c.from == "" && file.path != "" {
		c, err = e.serversOfConfig()
	}
	if err == nil {
		e.choice = c
	}
	return c, err
}

const flagServer = "-s"

// serversOfUser are the servers of -s, else those of the environment, else none.
func (e *Env) serversOfUser() (*serverChoice, error) {
	if items := e.globals.servers.Value(); len(items) > 0 {
		list, err := wire.ParseServers(items...)
		if err == nil && len(list) == 0 {
			return nil, usagef("--server is empty").hint("omit it for %s", defaultServer)
		}
		return &serverChoice{list: list, from: flagServer}, usageOf("", err)
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
			err = errorf("no server given")
		}
		return &serverChoice{list: list, from: name}, usageOf(name, err)
	}
	return new(serverChoice), nil
}

// usageOf is err as a usage error about name, or nil.
func usageOf(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case name == "":
		return usagef("%v", err)
	}
	return usagef("%s: %v", name, err)
}

// serversOfConfig are the servers of the configuration. That it names none is an error: the default would be a server
// that nobody meant.
func (e *Env) serversOfConfig() (*serverChoice, error) {
	c, err := e.config()
	if err != nil {
		return nil, err
	}
	from := e.globals.config.String()
	list, err := wire.ParseServers(configServers(c)...)
	if err != nil {
		return nil, usageOf(from, err)
	}
	if len(list) == 0 {
		server := defaultServer
		if named, err := e.serversOfEnvironment(); err == nil && len(named.list) > 0 {
			server = strings.Join(named.list, ",")
		}
		return nil, usagef("%s: no server= in it", from).hint("set one: %v", sameLine{server: server})
	}
	return &serverChoice{list: list, from: from}, nil
}

// reportConflict prints, once, that the servers of --config are used though the environment names others. A
// destructive command that nobody watches is refused.
func (e *Env) reportConflict(c *serverChoice) error {
	if c.told || !e.globals.config.onLine || c.from == flagServer {
		return nil
	}
	named, err := e.serversOfEnvironment()
	if err != nil || len(named.list) == 0 || sameSet(named.list, c.list) {
		return nil
	}
	ours, theirs := strings.Join(c.list, ","), strings.Join(named.list, ",")
	if e.destroys && !e.attended() {
		return usagef("ambiguous server: %s has %s, %s has %s", c.from, ours, named.from, theirs).
			hint("choose one: %v", sameLine{server: ours})
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
	return strings.Join(c.list, ",")
}
