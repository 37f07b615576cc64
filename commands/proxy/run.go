package proxy

import (
	"context"
	"errors"
	"runtime/debug"
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

// proxy is a running proxy command.
type proxy struct {
	env     *cli.Env
	o       *proxyOptions
	s       *connect.Supervisor
	routes  []*proxyRoute
	status  *servers.Endpoint // nil: none
	circles *circleFinder
	dir     *spool.Dir
	counts  []*routeCounts // of each route

	proving sync.Mutex
	proved  map[string]time.Time // when servers were found to give back what is handed back
}

// emptyGrace is how long a proxy that was told to stop goes on emptying its spool.
const emptyGrace = 3 * time.Second

func runProxy(ctx context.Context, env *cli.Env, o *proxyOptions) error {
	if env.Getenv("GOGC") == "" { // it runs for long: rather small than fast at its start
		defer debug.SetGCPercent(debug.SetGCPercent(100))
	}
	// Routes report at the same time.
	p, err := newProxyRun(env.WithStderr(&lockedWriter{w: env.Stderr}), o)
	if err != nil {
		return err
	}
	if err := p.start(ctx); err != nil {
		return err
	}
	if err := p.openSpool(); err != nil {
		return err
	}
	err = p.run(ctx)
	p.summary()
	return cmderr.MergeErrors(err, p.closeSpool())
}

// newProxyRun refuses what is wrong with flags and file before anything is touched.
func newProxyRun(env *cli.Env, o *proxyOptions) (*proxy, error) {
	d, err := env.Dialer()
	if err != nil {
		return nil, err
	}
	p := &proxy{env: env, o: o, s: connect.NewSupervisor(env, d), proved: map[string]time.Time{}}
	def := ""
	servers, unnamed := env.Servers() // that they cannot be told matters to routes that leave theirs out
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
	for _, s := range o.servers {
		cli.WarnOfPrivateKey(env, s.Key)
	}
	if d.ServerTLS, err = serverTLS(o.servers, p.servers()); err != nil {
		return nil, err
	}
	for _, r := range p.routes {
		p.counts = append(p.counts, &routeCounts{route: r})
	}
	p.circles = newCircleFinder(env, p.routes, p.servers())
	return p, p.circles.circle()
}

// servers returns all that there are to connect to.
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

// start reaches the servers and makes sure of what the routes need of them, before a job is touched. It fails when not
// one can be reached; others are tried again later.
func (p *proxy) start(ctx context.Context) error {
	servers := p.servers()
	conns := make([]*wire.Conn, len(servers))
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i, server := range servers {
		wg.Go(func() {
			c, err := p.s.Dialer.Dial(ctx, server)
			if err == nil {
				conns[i], err = c, p.circles.probe.Introduce(ctx, c)
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
			continue // the supervisor tells
		}
		if err := p.circles.learn(ctx, c); err != nil && !connect.IsOutage(err) {
			return err
		}
		if err := p.prove(ctx, c); err != nil && !connect.IsOutage(err) {
			return err
		}
	}
	return nil
}

// provedFor is how long a proof counts: connections that are made at the same time share one.
const provedFor = time.Minute

// prove makes sure that a server which jobs are taken from gives back what it is handed back, as happens to what is
// in hand when the proxy is killed.
func (p *proxy) prove(ctx context.Context, c *wire.Conn) error {
	source := func(r *proxyRoute) bool { return r.from.Server == c.Server() }
	p.proving.Lock()
	defer p.proving.Unlock()
	if now := p.env.Now(); now.Sub(p.proved[c.Server()]) < provedFor || !slices.ContainsFunc(p.routes, source) {
		return nil
	}
	proof := &jobs.ReleaseCheck{Log: p.env, AcceptRisk: p.o.acceptRisk, Action: "proxy from"}
	known, err := proof.Dial(ctx, p.s.Dialer, c.Server(), takeWindow)
	if err != nil {
		return err
	}
	known.Close()
	p.proved[c.Server()] = p.env.Now()
	return nil
}

// run works until ctx ends or something is wrong that does not pass.
func (p *proxy) run(ctx context.Context) error {
	p.env.Info("proxy started: %s, spool %s", output.Plural(int64(len(p.routes)), "route", "routes"), p.dir.Path())
	rctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var failed []error
	fatal := func(err error) {
		if err == nil || rctx.Err() != nil && errors.Is(err, context.Cause(rctx)) {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		failed = append(failed, err)
		cancel(err)
	}
	var wg sync.WaitGroup
	for _, c := range p.counts {
		if c.route.sync {
			wg.Go(func() { fatal((&syncRoute{p: p, c: c}).run(rctx)) })
		} else {
			wg.Go(func() { fatal((&asyncRoute{p: p, c: c}).run(rctx)) })
		}
	}
	if p.status != nil {
		wg.Go(func() { fatal(p.answerStatus(rctx)) })
	}
	wg.Wait()
	if len(failed) > 0 {
		return failed[0]
	}
	return nil
}

// summary tells at the end what was carried.
func (p *proxy) summary() {
	var jobs, coalesced, rejected, damaged, waiting int64
	for _, c := range p.counts {
		n, _ := c.queue.Waiting()
		jobs, coalesced, rejected, waiting = jobs+c.jobs.Load(), coalesced+c.coalesced.Load(), rejected+c.rejected.Load(), waiting+n
		damaged += c.queue.Damaged()
	}
	text := "proxy stopped: " + output.Plural(jobs, "job", "jobs") + " carried"
	if coalesced > 0 {
		text += ", " + output.Count(coalesced) + " of them merged into waiting jobs with the same unique key"
	}
	if rejected > 0 {
		text += "; " + output.Count(rejected) + " rejected"
	}
	if damaged > 0 {
		text += "; " + output.Plural(damaged, "damaged line", "damaged lines") + " of the spool skipped, saved in files *.damaged"
	}
	if waiting > 0 {
		text += "; " + output.Plural(waiting, "job is", "jobs are") + " in the spool " + p.dir.Path() + " until the next start"
	}
	p.env.Info("%s", text)
}
