package cli

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
)

// What chose a context, for messages.
const (
	flagContext = "--context"
	envContext  = "GEARCTL_CONTEXT"
	ContextUse  = "context use"
)

// ActiveContext is the context that a run takes its servers and settings from.
type ActiveContext struct {
	*contexts.Context
	Chosen  string // what chose it: --context, GEARCTL_CONTEXT or context use
	Servers []contexts.Server
}

// String names the context and what chose it.
func (a *ActiveContext) String() string {
	if a.Chosen == flagContext {
		return flagContext + " " + a.Name
	}
	return "context " + a.Name + " of " + a.Chosen
}

// contextState is what a run knows of contexts.
type contextState struct {
	set    *contexts.Set // nil: not read
	active *ActiveContext
	err    error                // why active is unknown
	known  bool                 // active and err are
	keys   map[string]foundKeys // by member and --key-rule
}

// UserDir returns the directory of the user's settings, "" without one.
func (e *Env) UserDir() string {
	if dir := e.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, Program)
	}
	if home := e.Getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".config", Program)
	}
	return ""
}

// contextsFile is the name of a file of contexts.
const contextsFile = "contexts.yml"

// SystemContexts returns the file of contexts for all users, "" without one.
func (e *Env) SystemContexts() string {
	if e.SystemDir == "" {
		return ""
	}
	return filepath.Join(e.SystemDir, contextsFile)
}

// UserContexts returns the user's file of contexts, "" without one.
func (e *Env) UserContexts() string {
	if dir := e.UserDir(); dir != "" {
		return filepath.Join(dir, contextsFile)
	}
	return ""
}

// Home is what ~ means in a file of contexts.
func (e *Env) Home() string { return e.Getenv("HOME") }

// Selection returns the file that keeps the choice of context use; its path is empty for a user without directory.
func (e *Env) Selection() contexts.Selection {
	if dir := e.UserDir(); dir != "" {
		return contexts.Selection{Path: filepath.Join(dir, "context")}
	}
	return contexts.Selection{}
}

// Contexts returns the contexts of the system and the user, read once.
func (e *Env) Contexts() (*contexts.Set, error) {
	if e.run.context.set != nil {
		return e.run.context.set, nil
	}
	set, err := contexts.Load(e.Home(), e.ContextFiles()...)
	if err != nil {
		return nil, contextError(err)
	}
	e.run.context.set = set
	return set, nil
}

// ContextFiles returns the files of contexts, that of the user last; they need not exist.
func (e *Env) ContextFiles() []string {
	return slices.DeleteFunc([]string{e.SystemContexts(), e.UserContexts()}, func(f string) bool { return f == "" })
}

// contextError is err as usage errors.
func contextError(err error) error {
	var errs []error
	for _, leaf := range cmderr.Flatten(err) {
		if errors.Is(leaf, fs.ErrPermission) {
			errs = append(errs, leaf)
			continue
		}
		usage := cmderr.Usagef("%v", leaf)
		var unknown *contexts.UnknownError
		if errors.As(leaf, &unknown) {
			usage.Hint("%s", "gearctl context list")
		}
		errs = append(errs, usage)
	}
	return errors.Join(errs...)
}

// ChosenContext returns the name of the context that a run uses and what chose it, "" for none. -s and --config on the line
// and servers of the environment are stronger than a context that is not on the line.
func (e *Env) ChosenContext() (name, chosen string, err error) {
	g := &e.Globals
	switch {
	case g.Context != "":
		return g.Context, flagContext, nil
	case len(g.Servers.Value()) > 0 || g.Config.OnLine || e.serversInEnvironment():
		return "", "", nil
	}
	return e.earlierContext()
}

// earlierContext returns the context of GEARCTL_CONTEXT, else of context use.
func (e *Env) earlierContext() (name, chosen string, err error) {
	if env := e.Getenv(envContext); env != "" {
		return env, envContext, nil
	}
	s := e.Selection()
	if s.Path == "" {
		return "", "", nil
	}
	if name, err = s.Name(); err != nil {
		return "", "", cmderr.Usagef("%v", err).Hint("choose a context again: %s", "gearctl context use NAME")
	}
	return name, ContextUse, nil
}

func (e *Env) serversInEnvironment() bool {
	return slices.ContainsFunc(append(serverVariables(), envConfig), func(v string) bool { return e.Getenv(v) != "" })
}

// ActiveContext returns the context that the run uses, nil for none.
func (e *Env) ActiveContext() (*ActiveContext, error) {
	s := &e.run.context
	if !s.known {
		s.active, s.err = e.resolveContext()
		s.known = true
	}
	return s.active, s.err
}

func (e *Env) resolveContext() (*ActiveContext, error) {
	name, chosen, err := e.ChosenContext()
	if name == "" || err != nil {
		return nil, err
	}
	set, err := e.Contexts()
	if err != nil {
		return nil, err
	}
	a := &ActiveContext{Chosen: chosen}
	if a.Context, err = set.Get(name); err != nil {
		return nil, cmderr.Usagef("%s: %v", chosen, err).Hint("%s", "gearctl context list")
	}
	if a.Servers, err = set.Resolve(name); err != nil {
		return nil, contextError(err)
	}
	return a, nil
}

// IgnoreContext makes the run use no context.
func (e *Env) IgnoreContext() { e.run.context.known = true }

// ApplyContext sets what neither line nor environment set to what the context says.
func (e *Env) ApplyContext() error {
	a, err := e.ActiveContext()
	if a == nil || err != nil {
		return err
	}
	g := &e.Globals
	if o := a.Output; e.Getenv("GEARCTL_OUTPUT") == "" && !g.OutputGiven && o.Format != "" {
		g.output = o.Format
	}
	if a.Output.Color != "" && g.Color == "auto" {
		g.Color = a.Output.Color
	}
	g.Pager = g.Pager || a.Output.Pager
	if config := a.config(); config != "" && !g.Config.OnLine {
		g.Config.Path, g.Config.context = config, a.Name
	}
	return nil
}

// config returns the configuration that all members have, "" if there is none or if they differ.
func (a *ActiveContext) config() string {
	first := a.Servers[0].Config
	if slices.ContainsFunc(a.Servers, func(s contexts.Server) bool { return s.Config != first }) {
		return ""
	}
	return first
}

// Server returns a server of the context, nil if it is none.
func (a *ActiveContext) Server(address string) *contexts.Server {
	if a == nil {
		return nil
	}
	for i := range a.Servers {
		if a.Servers[i].Address == address {
			return &a.Servers[i]
		}
	}
	return nil
}

// addresses returns the servers of the context.
func (a *ActiveContext) addresses() []string {
	list := make([]string, len(a.Servers))
	for i := range a.Servers {
		list[i] = a.Servers[i].Address
	}
	return list
}

// timeouts returns the time-outs of servers that have their own.
func timeouts(servers []contexts.Server) map[string]time.Duration {
	own := map[string]time.Duration{}
	for _, s := range servers {
		if s.Timeout > 0 {
			own[s.Address] = s.Timeout
		}
	}
	return own
}

// tlsConfigs returns how each server is reached; nil: in plain TCP.
func (e *Env) tlsConfigs(servers []contexts.Server) (map[string]*tls.Config, error) {
	configs := map[string]*tls.Config{}
	for _, s := range servers {
		configs[s.Address] = nil
		if s.TLS == nil {
			continue
		}
		c, err := s.TLS.Config()
		if err != nil {
			return nil, cmderr.Usagef("context %s: %v", s.Context, err)
		}
		configs[s.Address] = c
		WarnOfPrivateKey(e, s.TLS.Key)
	}
	return configs, nil
}

// ContextName returns the name of the context that the run uses, "" for none.
func (e *Env) ContextName() string {
	if a := e.run.context.active; a != nil {
		return a.Name
	}
	return ""
}

// inContext adds the context to a question.
func (e *Env) inContext(question string) string {
	if name := e.ContextName(); name != "" {
		return "context " + name + ": " + question
	}
	return question
}
