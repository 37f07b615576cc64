package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/gearmand"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// checkStore sends a background job of its own to each server, which the server's store must keep. No store is harmed by it:
// it has a byte of data, a unique key that no other job has, and a queue that gc removes if a store that fails keeps it.
func (v *serverInspection) checkStore(ctx context.Context, s *section) {
	v.testServers(ctx, func(ctx context.Context, c *wire.Conn) error { return c.CheckStore(ctx) },
		func(f *serverFacts, err error) { v.reportStore(ctx, s, f, err) })
}

func (v *serverInspection) reportStore(ctx context.Context, s *section, f *serverFacts, err error) {
	var refused *wire.ServerError
	failed := func(finding string) {
		cause, fix := v.storeCause(ctx, f)
		s.fail(f.server, fix, "%s%s", finding, cause)
	}
	switch {
	case err == nil:
		s.ok(f.server, "accepts background jobs%s", v.host.storeOf(f))
	case errors.As(err, &refused) && refused.Code == "QUEUE_ERROR":
		failed(fmt.Sprintf("refuses background jobs: %v; nothing the module sends is queued", refused))
	case errors.As(err, &refused):
		s.fail(f.server, v.host.env.ToType(cmderr.Try("queue", "gc").On(f.server)), "refuses background jobs: %v", refused)
	case errors.Is(err, wire.ErrKeepsJobs):
		failed("keeps jobs that were completed: its store has failed")
	default:
		s.unknown(f.server, "", "the test was interrupted: %s", cmderr.OneLine(err))
	}
}

// storeOf describes the store of a server that works.
func (d *inspection) storeOf(f *serverFacts) string {
	store := d.gearmandAt(f.server).Options().Store()
	switch {
	case store == nil:
		return ""
	case store.Reconnects(f.reconnects()):
		return ", and keeps them in " + store.String()
	}
	return fmt.Sprintf(", and keeps them in %s, which it cannot use again after an outage until it is restarted", store)
}

// reconnects reports whether this gearmand connects to Postgres again.
func (f *serverFacts) reconnects() bool {
	return f.snap.Version.IsGearmand() && !f.snap.Version.Before(servers.SharingFaultSince)
}

// storeCause returns why a store fails, and the fix.
func (v *serverInspection) storeCause(ctx context.Context, f *serverFacts) (cause, fix string) {
	d := v.host
	if !d.isLocal(f.server) {
		name, _, _ := net.SplitHostPort(f.server)
		return "; its store is seen on its host", "ssh " + quoteAll(name) + " gearctl doctor"
	}
	g := d.gearmandAt(f.server)
	store, restart := g.Options().Store(), d.gearmandCommand("restart", g)
	if store == nil {
		return "; its command line and files name no store (--queue-type)", "tail -n 20 " + quoteAll(g.Options().LogFile())
	}
	logged := g.Options().StoreError(d.root)
	if logged != "" {
		logged = fmt.Sprintf("; %s: %q", g.Options().LogFile(), logged)
	}
	again := store.Reconnects(f.reconnects())
	err := store.Dial(ctx)
	switch {
	case err != nil && again:
		return fmt.Sprintf("; its store %s cannot be reached: %s%s", store, cmderr.RootCause(err), logged), d.storeCommand(store)
	case err != nil:
		return fmt.Sprintf("; its store %s cannot be reached: %s; this gearmand does not use it again until it is restarted%s", store, cmderr.RootCause(err), logged),
			d.storeCommand(store) + " && " + restart
	case store.Kind == gearmand.SQLite && d.isDiskFull(store.Addr):
		return fmt.Sprintf("; the disk of its store %s is full%s", store, logged), "free space on the disk of " + store.Addr
	case again:
		return fmt.Sprintf("; its store %s accepts connections%s", store, logged), "tail -n 20 " + quoteAll(g.Options().LogFile())
	case store.Network == "":
		return fmt.Sprintf("; this gearmand does not use its store %s again until it is restarted%s", store, logged), restart
	}
	return fmt.Sprintf("; its store %s accepts connections, but this gearmand does not use it again until it is restarted%s", store, logged), restart
}

// isDiskFull reports whether there is no space for users on the disk of a file.
func (d *inspection) isDiskFull(file string) bool {
	var fs unix.Statfs_t
	err := unix.Statfs(d.root.At(path.Dir(file)), &fs)
	return err == nil && fs.Blocks > 0 && fs.Bavail == 0
}

// storeCommand is the command that starts the server of a store. It restarts it, because the units that Debian gives to
// Postgres are active even if it died.
func (d *inspection) storeCommand(store *gearmand.Store) string {
	name := store.Host()
	if name == "" || d.isLocal(store.Addr) {
		return d.root.ServiceCommand("restart", store.Units())
	}
	return "ssh " + quoteAll(name) + " systemctl restart " + store.Units()[0]
}

// whyUnreachable returns why nothing accepts connections at a server of this host, and the fix; both are empty if unknown.
func (d *inspection) whyUnreachable(ctx context.Context, n namedServer) (cause, fix string) {
	server := n.server
	if !d.isLocal(server) {
		return "", ""
	}
	g := d.gearmandAt(server)
	store, start := g.Options().Store(), d.gearmandCommand("start", g)
	switch {
	case g.Process != nil && isFull(g.Process):
		return fmt.Sprintf("; %s of the %s descriptors of process %s are open", output.Count(g.Process.Files), output.Count(g.Process.Limit), g.Process.PID), g.RaiseLimit(d.root)
	case g.Process != nil:
		return "", d.gearmandCommand("restart", g)
	case g.Options().BlocksStart(d.root):
		return fmt.Sprintf(": %s says that it could not load its jobs: its store %s holds a job without a workload, which gearmand does not load", g.Options().LogFile(), store.Addr),
			store.Repair() + " && " + start
	case store != nil && store.NeededAtStart():
		if err := store.Dial(ctx); err != nil {
			return fmt.Sprintf("; its store %s cannot be reached: %s; gearmand does not start without it", store, cmderr.RootCause(err)), d.storeCommand(store) + " && " + start
		}
	}
	if cause, fix := d.listensElsewhere(server); cause != "" {
		return cause, fix
	}
	return d.onAnotherPort(g, n)
}

// onAnotherPort reports that the service of this host starts gearmand on another port than a server's.
func (d *inspection) onAnotherPort(g gearmand.Instance, n namedServer) (cause, fix string) {
	name, _, _ := net.SplitHostPort(n.server)
	option := "server="
	if n.isDup() {
		option = "dupserver="
	}
	for _, c := range d.gearmands().Files {
		if g.Files != nil || c.Service.Name == "" {
			continue
		}
		fix := "write " + net.JoinHostPort(name, c.Options.Port()) + " instead of " + n.server + " in " + option
		if d.namesLocalPort(c.Options.Port()) {
			fix = "remove " + n.server + " from " + option
		}
		return fmt.Sprintf("; %s starts gearmand on port %s", c.Service.Path, c.Options.Port()), fix
	}
	return "", ""
}

// namesLocalPort reports whether the configurations name a server of this host on a port.
func (d *inspection) namesLocalPort(port string) bool {
	return slices.ContainsFunc(d.configuredServers(), func(server string) bool {
		_, p, _ := net.SplitHostPort(server)
		return p == port && d.isLocal(server)
	})
}

// listensElsewhere reports a gearmand of this host that listens at another address than a server's.
func (d *inspection) listensElsewhere(server string) (cause, fix string) {
	_, port, _ := net.SplitHostPort(server)
	for _, g := range d.gearmands().Own() {
		p := g.Process
		listen, given := p.Options.Get("listen")
		if given && p.Options.Port() == port && listen.Value != "" {
			return fmt.Sprintf("; process %s of gearmand listens on %s only (%s)", p.PID, listen.Value, listen), d.withOption(g, "listen", "listen", "0.0.0.0")
		}
	}
	return "", ""
}
