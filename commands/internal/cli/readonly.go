package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/commands/internal/shell"
	"gearctl/wire"
)

// readOnlyServers finds the read-only context of a server. It is safe for concurrent use.
type readOnlyServers struct {
	mu      sync.Mutex
	known   map[string]string // a server's context, "" for none
	servers map[string]contexts.Server
	err     error // why servers are unknown
}

// ReadOnlyContext returns the read-only context that a server belongs to, under this or another name, and "" if there is none.
// A server of the context that the run uses is read-only if that says so, whatever other contexts do.
func (e *Env) ReadOnlyContext(server string) (string, error) {
	if s := e.run.context.active.Server(server); s != nil {
		if s.ReadOnly {
			return s.Context, nil
		}
		return "", nil
	}
	r := &e.run.readOnly
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]string{}
		r.servers, r.err = e.loadReadOnly()
	}
	name, found := r.known[server]
	if found || r.err != nil {
		return name, r.err
	}
	name = e.findReadOnly(server, r.servers)
	r.known[server] = name
	return name, nil
}

// loadReadOnly returns the servers of read-only contexts.
func (e *Env) loadReadOnly() (map[string]contexts.Server, error) {
	set, err := e.Contexts()
	if errors.Is(err, fs.ErrPermission) {
		set, err = e.reachableContexts()
	}
	if err != nil {
		return nil, err
	}
	servers, problems := set.ReadOnly()
	for i, err := range problems {
		problems[i] = e.unknownReadOnly(err)
	}
	return servers, errors.Join(problems...)
}

// unknownReadOnly is the error of a read-only context of which not all servers are known, because of err.
func (e *Env) unknownReadOnly(err error) error {
	edit := "gearctl context edit"
	var problem *contexts.Problem
	if errors.As(err, &problem) && problem.File == e.SystemContexts() {
		edit += " --system"
	}
	return cmderr.Usagef("%v: the context is read-only, and until all its servers are known only reading is possible", err).
		Hint("restore that file, or name the servers in the context: %s", edit)
}

// reachableContexts returns the contexts of the files in directories that the user may enter: one in another's home does not
// count. A file that cannot be read is an error, since it may protect servers.
func (e *Env) reachableContexts() (*contexts.Set, error) {
	files := slices.DeleteFunc(e.ContextFiles(), func(file string) bool {
		_, err := os.Stat(file)
		hidden := errors.Is(err, fs.ErrPermission)
		if hidden {
			e.Warn("%v: read-only contexts in it are not known", err)
		}
		return hidden
	})
	set, err := contexts.Load(e.Home(), files...)
	var path *fs.PathError
	if errors.Is(err, fs.ErrPermission) && errors.As(err, &path) {
		return nil, cmderr.Usagef("%v: it may protect servers, and until it can be read, only reading is possible", err).
			Hint("as its owner: chmod o+r %s", shell.QuotePrintable(path.Path))
	}
	return set, err
}

// aliasTimeout limits each step of finding out whether two addresses lead to one server.
const aliasTimeout = time.Second

// findReadOnly compares a server with those of read-only contexts: by name, by address, then by asking them.
func (e *Env) findReadOnly(server string, servers map[string]contexts.Server) string {
	if len(servers) == 0 {
		return ""
	}
	if s, ok := servers[server]; ok {
		return s.Context
	}
	addresses := slices.Sorted(maps.Keys(servers))
	ctx, cancel := context.WithTimeout(context.Background(), aliasTimeout)
	defer cancel()
	mine := resolved(ctx, server)
	for _, other := range addresses {
		if overlap(mine, resolved(ctx, other)) {
			return servers[other].Context
		}
	}
	d, err := e.unguardedDialer()
	if err != nil {
		return ""
	}
	d.Timeout, d.AnswerTimeout, d.Idle = min(d.Timeout, aliasTimeout), 2*aliasTimeout, nil
	d.ServerTLS, d.ServerTimeout = maps.Clone(d.ServerTLS), nil
	if d.ServerTLS == nil {
		d.ServerTLS = map[string]*tls.Config{}
	}
	for address, s := range servers {
		d.ServerTLS[address] = nil
		if s.TLS != nil {
			var err error
			if d.ServerTLS[address], err = s.TLS.Config(); err != nil { // then it does not answer
				e.Warn("context %s: %v: %s is not recognized under another name", s.Context, err, address)
			}
		}
	}
	same := wire.SameServers(ctx, d, append(addresses, server))
	if s, ok := servers[same[server]]; ok {
		return s.Context
	}
	return ""
}

// resolved returns the IP addresses of a server with its port.
func resolved(ctx context.Context, server string) []string {
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		return nil
	}
	if ip := net.ParseIP(host); ip != nil {
		return []string{net.JoinHostPort(ip.String(), port)}
	}
	ips, _ := net.DefaultResolver.LookupHost(ctx, host)
	for i, ip := range ips {
		ips[i] = net.JoinHostPort(ip, port)
	}
	return ips
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// Guard is the wire.Dialer's Guard that protects the servers of read-only contexts.
func (e *Env) Guard(server, request string) error {
	name, err := e.ReadOnlyContext(server)
	if name == "" || err != nil {
		return err
	}
	return cmderr.Usagef("context %s is read-only: %.100q may not be sent to %s", name, request, server).Hint("%s", readOnlyHint)
}

const readOnlyHint = "it allows status, workers, version, top, ping, jobs and wait, and those checks of health, exporter and doctor that only read"

// checkReadOnly refuses a command that does more than read on a server of a read-only context.
func (e *Env) checkReadOnly(servers []string) error {
	if e.run.line == nil || e.run.line.Command().OnlyReads {
		return nil
	}
	return e.refuseReadOnly(e.CommandName(), servers)
}

// CheckWritable refuses a command whose arguments name servers of read-only contexts.
func (e *Env) CheckWritable(servers ...string) error {
	return e.refuseReadOnly(e.CommandName(), servers)
}

// RefuseReadOnly refuses what a flag of a command asks for beyond reading if a server of the run is in a read-only context.
func (e *Env) RefuseReadOnly(flag string) error {
	servers, err := e.Servers()
	if err != nil {
		return err
	}
	return e.refuseReadOnly(e.CommandName()+" "+flag, servers)
}

func (e *Env) refuseReadOnly(what string, servers []string) error {
	for _, server := range servers {
		name, err := e.ReadOnlyContext(server)
		if err != nil {
			return err
		}
		if name != "" {
			return cmderr.Usagef("context %s is read-only: %s on %s is refused", name, what, server).Hint("%s", readOnlyHint)
		}
	}
	return nil
}

// LeaveOut reports which of servers are in read-only contexts, with a note that what is left out there. While the servers of such
// a context are unknown, every server may be one.
func (e *Env) LeaveOut(what string, servers []string) (readOnly map[string]bool) {
	readOnly = map[string]bool{}
	for _, server := range servers {
		name, err := e.ReadOnlyContext(server)
		switch {
		case err != nil:
			readOnly[server] = true
			if e.firstTime("read-only " + what + err.Error()) {
				e.Warn("%s: %s left out", cmderr.OneLine(err), what)
				e.ReportHints(e.Stderr, err)
			}
		case name != "":
			readOnly[server] = true
			if e.firstTime("read-only " + what + name) {
				e.Info("context %s is read-only: %s left out", name, what)
			}
		}
	}
	return readOnly
}
