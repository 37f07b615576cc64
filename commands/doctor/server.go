package doctor

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// serverFacts is the state of a server.
type serverFacts struct {
	server       string
	snap         *servers.Snapshot
	responseTime time.Duration // of its version
	role         serverRole
	shared       sharedConnections
	ignored      int64 // cancelled and abandoned jobs, if counted
	ignoredErr   error // why they are unknown
	testErr      error // why the server is not tested further
	readOnly     bool  // of a read-only context: no job is sent to it
}

// serverRole is which programs of the host use a server.
type serverRole struct{ module, worker, dup bool }

// namedServer is a configured server.
type namedServer struct {
	server string
	role   serverRole
}

// isDup reports whether it gets copies of results, and nothing else.
func (n namedServer) isDup() bool { return n.role == serverRole{dup: true} }

// checkServers queries the servers. It returns an error only if the command was stopped or cannot be carried out.
func (d *inspection) checkServers(ctx context.Context) error {
	dialer, err := d.env.Dialer()
	if err != nil {
		return err
	}
	named, err := d.servers()
	if err != nil {
		return err
	}
	v := &serverInspection{host: d, dialer: dialer}
	d.runCheck("server", func(s *section) { v.queryServers(ctx, s, named) })
	v.leaveOut()
	v.planQueues()
	for _, look := range []struct {
		check string
		run   func(context.Context, *section)
	}{
		{"queue", v.checkQueues},
		{"results", v.checkResults},
		{"perfdata", v.checkPerfdata},
		{"workers", v.checkWorkers},
		{"jobs", v.checkJobs},
		{"load", v.checkLoad},
		{"returns", v.checkRelease},
		{"store", v.checkStore},
		{"roundtrip", v.checkRoundTrips},
	} {
		if ctx.Err() == nil {
			d.runCheck(look.check, func(s *section) { look.run(ctx, s) })
		}
	}
	return context.Cause(ctx)
}

// serverInspection is the part of an inspection that queries servers.
type serverInspection struct {
	host   *inspection
	dialer *wire.Dialer
	facts  []*serverFacts // of those that answered
	plans  []modulePlan
}

// leaveOut marks the servers of read-only contexts, to which no job is sent, and reports that.
func (v *serverInspection) leaveOut() {
	if v.host.o.readOnly {
		return
	}
	servers := make([]string, 0, len(v.facts))
	for _, f := range v.facts {
		servers = append(servers, f.server)
	}
	readOnly := v.host.env.LeaveOut("workers, returns, store, roundtrip", servers)
	for _, f := range v.facts {
		f.readOnly = readOnly[f.server]
	}
}

// withoutReadOnly returns the servers to which jobs may be sent.
func withoutReadOnly(facts []*serverFacts) []*serverFacts {
	return slices.DeleteFunc(slices.Clone(facts), func(f *serverFacts) bool { return f.readOnly })
}

// queryServers queries all servers in parallel.
func (v *serverInspection) queryServers(ctx context.Context, s *section, named []namedServer) {
	servers := make([]string, 0, len(named))
	for _, n := range named {
		servers = append(servers, n.server)
	}
	if len(servers) == 0 {
		s.unknown("this host", "name one with --server HOST[:PORT]", "no configuration names a server")
	}
	for i, r := range wire.FanOut(ctx, v.dialer, servers, queryServer(v.host.env.Now)) {
		if r.Err != nil {
			v.reportUnreachable(ctx, s, named[i], r.Err)
			continue
		}
		r.Value.role = named[i].role
		v.facts = append(v.facts, r.Value)
		v.reportServer(s, r.Value)
	}
	s.joinAdvisories()
}

// queryServer returns a function that queries a server for its version and queues.
func queryServer(now func() time.Time) func(context.Context, *wire.Conn) (*serverFacts, error) {
	return func(ctx context.Context, c *wire.Conn) (*serverFacts, error) {
		begun := now()
		snap, err := servers.TakeSnapshot(ctx, c, servers.PartVersion)
		if err != nil && !servers.IsRefusal(err) {
			return nil, err
		}
		f := &serverFacts{server: c.Server(), snap: snap, responseTime: now().Sub(begun)}
		if err = snap.Ask(ctx, c, servers.PartQueues); err == nil {
			err = f.querySharedConnections(ctx, c)
		}
		return f, err
	}
}

func (v *serverInspection) reportUnreachable(ctx context.Context, s *section, n namedServer, err error) {
	name, _, _ := net.SplitHostPort(n.server)
	fix := "ssh " + quoteAll(name) + " gearctl doctor"
	if v.host.isLocal(n.server) {
		fix = v.host.gearmandCommand("start", v.host.gearmandAt(n.server))
	}
	var handshake *wire.TLSError
	switch {
	case errors.As(err, &handshake) && handshake.PlainText:
		s.fail(n.server, "install a gearmand that was built with SSL", "TLS was requested but the server speaks plain text: a gearmand built without SSL accepts --ssl and ignores it")
	case n.isDup():
		cause, better := v.host.whyUnreachable(ctx, n)
		s.warn(n.server, cmp.Or(better, fix), "cannot reach the dupserver, copies of results are lost: %s%s", cmderr.OneLine(err), cause)
	case wire.IsUnreachable(err):
		cause, better := v.host.whyUnreachable(ctx, n)
		s.fail(n.server, cmp.Or(better, fix), "cannot be reached: %s%s", cmderr.OneLine(err), cause)
	default:
		if g := v.host.gearmandAt(n.server); v.host.isLocal(n.server) {
			fix = v.host.gearmandCommand("restart", g)
			if g.Process != nil && isFull(g.Process) {
				fix = g.RaiseLimit(v.host.root)
			}
		}
		s.fail(n.server, fix, "accepts connections but does not answer correctly: %s", cmderr.OneLine(err))
	}
}

// reportServer reports what is known of a server that answered.
func (v *serverInspection) reportServer(s *section, f *serverFacts) {
	before := len(s.rows)
	g := v.host.gearmandAt(f.server)
	v.host.reportWorkerFaults(s, f)
	if ssl, given := g.Options().Get("ssl"); given && !v.dialer.UsesTLS(f.server) {
		s.fail(f.server, "install a gearmand that was built with SSL", "%s starts it with --ssl but it speaks plain text: it was built without SSL", cmp.Or(ssl.File, "its command line"))
	}
	if n := len(f.snap.Queues.Bad); n > 0 {
		s.unknown(f.server, v.host.env.ToType(cmderr.Try("raw", "status").On(f.server)), "%s of its status cannot be read: %v", output.Plural(int64(n), "line", "lines"), f.snap.Queues.Bad[0])
	}
	if len(s.rows) == before {
		s.ok(f.server, "%s, answered within %s; %s", f.snap.Version, output.Seconds(f.responseTime.Seconds()),
			output.Plural(int64(len(f.snap.Queues.Rows)), "queue", "queues"))
	}
	v.host.reportKnownFaults(s, f.server, f.snap.Version, g)
}

// moduleServers returns the servers that answered and that the module sends to.
func (v *serverInspection) moduleServers() []*serverFacts {
	var list []*serverFacts
	for _, f := range v.facts {
		if f.role.module {
			list = append(list, f)
		}
	}
	return list
}

// queue returns a queue of the server, empty if it is not listed.
func (f *serverFacts) queue(name string) wire.FunctionStatus {
	if q := f.snap.Queue(name); q != nil {
		return *q
	}
	return wire.FunctionStatus{Function: name}
}

// isOn names a queue of the server.
func (f *serverFacts) on(queue string) string { return queue + " on " + f.server }
