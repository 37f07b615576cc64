package proxy

import (
	"context"
	"os"
	"slices"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// daemon is a running proxy command. On SIGHUP it reads its settings again, and stops and starts the units that differ.
type daemon struct {
	env     *cli.Env
	o       *options         // as on the command line
	hangups <-chan os.Signal // nil: no reload
	p       *proxy           // with the present settings
	running map[string]*unit // by name
	ended   chan unitEnd
	retry   <-chan time.Time // when a queue that could not be opened is tried again; nil: none
}

// openRetry is the interval of attempts to open the queue of a route in the spool after a reload.
const openRetry = 5 * time.Second

// run forwards jobs until ctx ends or an error occurs that a retry cannot resolve.
func (d *daemon) run(ctx context.Context) error {
	d.env.Info("proxy started: %s, spool %s", output.Plural(int64(len(d.p.routes)), "route", "routes"), d.p.dir.Path())
	defer d.env.Serving()()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var failed error
	for _, c := range d.p.open.list() {
		d.start(ctx, &unit{name: c.route.from.String(), p: d.p, c: c})
	}
	d.startMissing(ctx)
	done := ctx.Done()
	for ctx.Err() == nil || len(d.running) > 0 {
		select {
		case <-done:
			done = nil
		case end := <-d.ended:
			delete(d.running, end.u.name)
			if end.err != nil && failed == nil {
				failed = end.err
				cancel(end.err)
			}
			if ctx.Err() == nil {
				d.retire(end.u)
				d.startMissing(ctx)
				d.reportLeft(end.u)
			}
		case <-d.hangups:
			if ctx.Err() == nil {
				d.reload(ctx)
			}
		case <-d.retry:
			d.retry = nil
			d.startMissing(ctx)
		}
	}
	return failed
}

func (d *daemon) start(ctx context.Context, u *unit) {
	uctx, stop := context.WithCancelCause(ctx)
	u.stop = stop
	d.running[u.name] = u
	go func() {
		defer stop(nil)
		err := u.run(uctx, ctx)
		d.ended <- unitEnd{u, err}
	}()
}

// startMissing starts what does not run. What a reload has changed starts when its old version has ended.
func (d *daemon) startMissing(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	for _, r := range d.p.routes {
		name := r.from.String()
		if d.running[name] != nil {
			continue
		}
		c, err := d.p.openQueue(r)
		if err != nil {
			d.env.Warn("%s: %v; retrying", r, err)
			d.retry = time.After(openRetry)
			continue
		}
		text := "started"
		if n, _ := c.queue.Waiting(); n > 0 {
			text += ", " + output.Plural(n, "job", "jobs") + " in the spool"
		}
		d.env.Info("%s: %s", r, text)
		d.start(ctx, &unit{name: name, p: d.p, c: c})
	}
	if d.p.status != nil && d.running[statusUnit] == nil {
		d.start(ctx, &unit{name: statusUnit, p: d.p})
	}
}

// retire closes the queue of a route that has ended, and forgets servers that nothing uses any more.
func (d *daemon) retire(u *unit) {
	if u.c != nil {
		if err := d.p.open.end(u.c); err != nil {
			d.env.Warn("%s: spool: %v", u.c.route, err)
		}
		d.env.Info("%s: stopped", u.c.route)
	}
	used := d.p.servers()
	for _, c := range d.p.open.list() {
		used = append(used, c.route.from.Server, c.route.to.Server)
	}
	d.p.supervisor.Forget(func(server string) bool { return slices.Contains(used, server) })
}

// reportLeft reports jobs that a route which has ended left in the spool, unless it was started again.
func (d *daemon) reportLeft(u *unit) {
	if u.c == nil {
		return
	}
	if err := d.p.reportOrphans(u.c.route.spoolName()); err != nil {
		d.env.Warn("%v", err)
	}
}

// reload goes on with the settings as they are now, if they can be used.
func (d *daemon) reload(ctx context.Context) {
	defer d.env.Reloading()()
	env, stop := d.env.Reread()
	defer stop()
	next, err := newProxy(env, d.o)
	if err == nil {
		err = d.p.checkFixed(next)
	}
	if err == nil {
		err = next.start(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		d.env.Warn("SIGHUP: %s; going on with the old settings", d.env.OneLine(err))
		return
	}
	changes := changedSettings(d.p, next)
	for _, c := range changes {
		d.env.Info("SIGHUP: %s", c)
	}
	if len(changes) == 0 {
		d.env.Info("SIGHUP: no setting has changed")
	}
	next.follow(d.p)
	d.p = next
	for _, u := range d.running {
		if !u.stopping && u.differs(next) {
			u.stopping = true
			u.stop(errReplaced)
		}
	}
	d.startMissing(ctx)
}

// follow makes p share what goes on over a reload.
func (p *proxy) follow(old *proxy) {
	old.loops.replace(p.loops)
	p.loops, p.dir, p.open = old.loops, old.dir, old.open
	p.supervisor = old.supervisor.WithDialer(p.supervisor.Dialer)
}

// checkFixed refuses settings of a file that cannot change while a proxy runs.
func (p *proxy) checkFixed(next *proxy) error {
	for _, s := range []struct{ key, old, now string }{
		{"spool", p.o.spool, next.o.spool}, {"spool_max", p.o.spoolMax, next.o.spoolMax},
	} {
		if s.old != s.now {
			return cmderr.Usagef("%s: %s has changed, which needs a restart", p.o.file, s.key)
		}
	}
	return nil
}
