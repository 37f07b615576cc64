package contexts

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// Set is the contexts of all files.
type Set struct {
	byName map[string]*Context
}

// Load reads files in the given order. A context replaces one of the same name in an earlier file. A file that does not
// exist counts as empty.
func Load(home string, files ...string) (*Set, error) {
	s := &Set{byName: map[string]*Context{}}
	var errs []error
	for _, file := range files {
		text, err := Read(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = s.add(file, home, text)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, s.checkGroups()
}

func (s *Set) add(file, home string, text []byte) error {
	list, err := Parse(file, home, text)
	for _, c := range list {
		s.byName[c.Name] = c
	}
	return err
}

// With returns the contexts of s and those of a file's text, which replace contexts of the same name.
func (s *Set) With(file, home string, text []byte) (*Set, error) {
	c := &Set{byName: maps.Clone(s.byName)}
	if err := c.add(file, home, text); err != nil {
		return nil, err
	}
	return c, c.checkGroups()
}

// Names returns the names of all contexts, sorted.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.byName)) }

// All returns all contexts, sorted by name.
func (s *Set) All() []*Context {
	var all []*Context
	for _, name := range s.Names() {
		all = append(all, s.byName[name])
	}
	return all
}

// UnknownError is the error for a name that is no context.
type UnknownError struct {
	Name  string
	Known []string
}

func (e *UnknownError) Error() string {
	text := fmt.Sprintf("unknown context %.80q", e.Name)
	switch near := cmderr.Closest(e.Name, e.Known); {
	case near != "":
		return text + "; did you mean " + near + "?"
	case len(e.Known) == 0:
		return text + ": no contexts are defined"
	}
	return text
}

// Get returns a context. The error is an *UnknownError.
func (s *Set) Get(name string) (*Context, error) {
	c := s.byName[name]
	if c == nil {
		return nil, &UnknownError{name, s.Names()}
	}
	return c, nil
}

// checkGroups refuses groups with unknown members and those that contain themselves.
func (s *Set) checkGroups() error {
	var errs []error
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(c *Context, path []string)
	visit = func(c *Context, path []string) {
		state[c.Name] = visiting
		path = append(path, c.Name)
		for _, name := range c.Group {
			member := s.byName[name]
			switch {
			case member == nil:
				errs = append(errs, &Problem{c.File, c.Line, "group " + c.Name + ": " + (&UnknownError{name, s.Names()}).Error()})
			case state[name] == visiting:
				circle := append(path[slices.Index(path, name):], name)
				errs = append(errs, &Problem{c.File, c.Line, "group " + c.Name + " contains itself: " + strings.Join(circle, " > ")})
			case state[name] == 0:
				visit(member, path)
			}
		}
		state[c.Name] = done
	}
	for _, c := range s.All() {
		if state[c.Name] == 0 {
			visit(c, nil)
		}
	}
	return errors.Join(errs...)
}

// Members returns the contexts that a context leads to, in order and each once: itself, if it is no group. Each has the
// labels, time-out and read_only of the groups on the way, where it says nothing else.
func (s *Set) Members(name string) ([]*Context, error) {
	c, err := s.Get(name)
	if err != nil {
		return nil, err
	}
	var list []*Context
	seen := map[string]*Context{}
	type visit struct {
		group    string
		readOnly bool
	}
	visited := map[visit]bool{} // else nested groups could take exponential time
	var add func(c *Context, outer Settings)
	add = func(c *Context, outer Settings) {
		merged := merge(outer, c.Settings)
		if c.Group != nil {
			if v := (visit{c.Name, merged.ReadOnly}); visited[v] {
				return
			} else {
				visited[v] = true
			}
			for _, name := range c.Group {
				add(s.byName[name], merged)
			}
			return
		}
		if before := seen[c.Name]; before != nil {
			before.ReadOnly = before.ReadOnly || merged.ReadOnly
			return
		}
		m := *c
		m.Settings = merged
		seen[c.Name] = &m
		list = append(list, &m)
	}
	add(c, Settings{})
	return list, nil
}

// merge returns the settings of a member of a group with settings outer.
func merge(outer, inner Settings) Settings {
	labels := maps.Clone(outer.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, inner.Labels)
	inner.Labels = labels
	if inner.Timeout == 0 {
		inner.Timeout = outer.Timeout
	}
	inner.ReadOnly = inner.ReadOnly || outer.ReadOnly
	return inner
}

// Resolve returns the servers of a context. Two members may name the same server only with the same key, configuration
// and TLS; it is then one of the first.
func (s *Set) Resolve(name string) ([]Server, error) {
	members, err := s.Members(name)
	if err != nil {
		return nil, err
	}
	var list []Server
	for _, m := range members {
		addresses, err := m.Addresses()
		if err != nil {
			return nil, err
		}
		for _, address := range addresses {
			i := slices.IndexFunc(list, func(known Server) bool { return known.Address == address })
			switch {
			case i < 0:
				list = append(list, Server{address, m.Name, m.Settings})
			case !list[i].sameAccess(m.Settings):
				return nil, &Problem{m.File, m.Line, fmt.Sprintf("%s is in %s and %s with different keys or TLS", address, list[i].Context, m.Name)}
			default:
				list[i].ReadOnly = list[i].ReadOnly || m.ReadOnly
			}
		}
	}
	return list, nil
}

// sameAccess reports whether a server is reached in the same way with other settings.
func (s *Settings) sameAccess(other Settings) bool {
	sameTLS := s.TLS == nil && other.TLS == nil || s.TLS != nil && other.TLS != nil && *s.TLS == *other.TLS
	return sameTLS && s.KeyFile == other.KeyFile && s.KeyRule == other.KeyRule && s.Config == other.Config
}

// Addresses returns the servers of a context that is no group: its own, else those of its configuration.
func (c *Context) Addresses() ([]string, error) {
	if len(c.Servers) > 0 || c.Group != nil {
		return c.Servers, nil
	}
	list, _, err := c.configured()
	return list, err
}

// configured returns the servers of the configuration, and what could not be read of that.
func (c *Context) configured() (list []string, findings []modgearman.Finding, err error) {
	config, err := modgearman.Load(c.Config)
	if err != nil {
		return nil, nil, c.problem("config: %s", cmderr.OneLine(err))
	}
	if !modconf.HasOptions(config) {
		return nil, config.Findings, c.problem("config %s: no Mod-Gearman option in it", c.Config)
	}
	list, err = wire.ParseServers(config.Settings(modgearman.ProgramNEB).Servers...)
	switch {
	case err != nil:
		return nil, config.Findings, c.problem("config %s: %v", c.Config, err)
	case len(list) == 0:
		return nil, config.Findings, c.problem("config %s: no server= in it; add servers to the context", c.Config)
	}
	return list, config.Findings, nil
}

// allAddresses is Addresses, and an error if there may be more servers: a file that the configuration includes cannot be read.
func (c *Context) allAddresses() ([]string, error) {
	if len(c.Servers) > 0 || c.Group != nil {
		return c.Servers, nil
	}
	list, findings, err := c.configured()
	for _, f := range findings {
		if err == nil && f.Severity == modgearman.Failure {
			err = c.problem("config: %s: %s", f.Where(), f.Message)
		}
	}
	return list, err
}

func (c *Context) problem(format string, args ...any) error {
	return &Problem{c.File, c.Line, "context " + c.Name + ": " + fmt.Sprintf(format, args...)}
}

// ReadOnly returns the servers of read-only contexts, and what is wrong with those of which not all servers are known, each
// a *Problem.
func (s *Set) ReadOnly() (servers map[string]Server, problems []error) {
	servers = map[string]Server{}
	seen := map[string]bool{}
	for _, c := range s.All() {
		members, err := s.Members(c.Name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		for _, m := range members {
			if !m.ReadOnly || seen[m.Name] {
				continue
			}
			seen[m.Name] = true
			addresses, err := m.allAddresses()
			if err != nil {
				problems = append(problems, err)
			}
			for _, address := range addresses {
				servers[address] = Server{address, m.Name, m.Settings}
			}
		}
	}
	return servers, problems
}

// Where returns the position of the context's definition, FILE:LINE.
func (c *Context) Where() string { return fmt.Sprintf("%s:%d", c.File, c.Line) }
