package proxy

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/spool"
)

// proxy is a proxy with one set of settings. After a reload there is another, which shares loops, dir and open with it.
type proxy struct {
	env        *cli.Env
	o          *options
	supervisor *connect.Supervisor
	routes     []*route
	status     *servers.Endpoint // of status requests; nil: none
	loops      *loopDetector
	dir        *spool.Dir
	open       *openRoutes

	releaseMu      sync.Mutex
	releaseChecked map[string]time.Time // when servers were found to keep released jobs
}

// drainGrace is how long a proxy that is stopped goes on emptying its spool.
const drainGrace = 3 * time.Second

func run(ctx context.Context, env *cli.Env, o *options) error {
	// Routes log concurrently.
	d := &daemon{env: env.WithStderr(&lockedWriter{w: env.Stderr}), o: o, running: map[string]*unit{}, ended: make(chan unitEnd)}
	if env.Hangups != nil {
		hangups, stop := env.Hangups()
		defer stop()
		d.hangups = hangups
	}
	p, err := newProxy(d.env, o)
	if err != nil {
		return err
	}
	if err := p.start(ctx); err != nil {
		return err
	}
	if err := p.openSpool(); err != nil {
		return err
	}
	d.p = p
	err = d.run(ctx)
	d.p.summary()
	return cmderr.MergeErrors(err, d.p.closeSpool())
}

// newProxy validates flags and file before a server or the spool is touched.
func newProxy(env *cli.Env, flags *options) (*proxy, error) {
	o := new(options)
	*o = *flags // the file adds to them
	d, err := env.Dialer()
	if err != nil {
		return nil, err
	}
	p := &proxy{env: env, o: o, supervisor: connect.NewSupervisor(env, d), open: new(openRoutes), releaseChecked: map[string]time.Time{}}
	def := ""
	servers, unnamed := env.Servers() // an error only matters to routes that name no server
	if len(servers) == 1 {
		def = servers[0]
	}
	if p.routes, err = o.plan(env, def); err != nil {
		return nil, errors.Join(err, unnamed)
	}
	if o.statusQueue != "" {
		if p.status, err = o.statusEndpoint(def); err != nil {
			return nil, errors.Join(err, unnamed)
		}
	}
	if err := env.CheckWritable(p.servers()...); err != nil {
		return nil, err
	}
	for _, s := range o.servers {
		cli.WarnOfPrivateKey(env, s.Key)
	}
	own, err := serverTLS(o.servers, p.servers())
	if err != nil {
		return nil, err
	}
	if d.ServerTLS == nil {
		d.ServerTLS = own
	}
	maps.Copy(d.ServerTLS, own)
	p.loops = newLoopDetector(env, p.routes, p.servers())
	return p, p.loops.check()
}

// servers returns all servers to connect to.
func (p *proxy) servers() (list []string) {
	for _, r := range p.routes {
		list = append(list, r.from.Server, r.to.Server)
	}
	if p.status != nil {
		list = append(list, p.status.Server)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// start connects to the servers and checks what the routes need of them, before a job is touched. It fails when none can
// be reached; those that cannot be reached are retried later.
func (p *proxy) start(ctx context.Context) error {
	servers := p.servers()
	conns := make([]*wire.Conn, len(servers))
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i, server := range servers {
		wg.Go(func() {
			c, err := p.supervisor.Dialer.Dial(ctx, server)
			if err == nil {
				conns[i], err = c, p.loops.probe().Introduce(ctx, c)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}()
	if !slices.Contains(errs, nil) {
		return errors.Join(errs...)
	}
	for i, c := range conns {
		if errs[i] != nil {
			continue // the supervisor reports it
		}
		if err := p.loops.discover(ctx, c); err != nil && !connect.IsOutage(err) {
			return err
		}
		if err := p.checkRelease(ctx, c); err != nil && !connect.IsOutage(err) {
			return err
		}
	}
	return nil
}

// releaseCheckValid is how long the result of a release check is used: connections made at the same time share one.
const releaseCheckValid = time.Minute

// checkRelease makes sure that a server which jobs are taken from keeps released jobs: those in progress when the proxy is
// killed are released.
func (p *proxy) checkRelease(ctx context.Context, c *wire.Conn) error {
	source := func(r *route) bool { return r.from.Server == c.Server() }
	p.releaseMu.Lock()
	defer p.releaseMu.Unlock()
	if now := p.env.Now(); now.Sub(p.releaseChecked[c.Server()]) < releaseCheckValid || !slices.ContainsFunc(p.routes, source) {
		return nil
	}
	proof := &jobs.ReleaseCheck{Log: p.env, AcceptRisk: p.o.acceptRisk, Action: "proxy from"}
	known, err := proof.Dial(ctx, p.supervisor.Dialer, c.Server(), takeWindow)
	if err != nil {
		return err
	}
	known.Close()
	p.releaseChecked[c.Server()] = p.env.Now()
	return nil
}

// summary logs the totals at the end.
func (p *proxy) summary() {
	var jobs, coalesced, rejected, again, damaged, waiting int64
	for _, c := range p.open.counts() {
		jobs, coalesced, rejected = jobs+c.jobs.Load(), coalesced+c.coalesced.Load(), rejected+c.rejected.Load()
		again, damaged = again+c.again.Load(), damaged+c.damaged.Load()
	}
	for _, c := range p.open.list() {
		n, _ := c.queue.Waiting()
		waiting, damaged = waiting+n, damaged+c.queue.Damaged()
	}
	text := "proxy stopped: " + output.Plural(jobs, "job", "jobs") + " carried"
	if coalesced > 0 {
		text += ", " + output.Count(coalesced) + " of them merged into waiting jobs with the same unique key"
	}
	if rejected > 0 {
		text += "; " + output.Count(rejected) + " rejected"
	}
	if again > 0 {
		text += "; " + output.Plural(again, "job", "jobs") + " assigned again by a source and not carried twice"
	}
	if damaged > 0 {
		text += "; " + output.Plural(damaged, "damaged line", "damaged lines") + " of the spool skipped, saved in files *.damaged"
	}
	if waiting > 0 {
		text += "; " + output.Plural(waiting, "job is", "jobs are") + " in the spool " + p.dir.Path() + " until the next start"
	}
	p.env.Info("%s", text)
}
