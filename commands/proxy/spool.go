package proxy

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/spool"
)

// spoolPath returns the directory of the spool.
func (o *options) spoolPath(env *cli.Env, root bool) (string, error) {
	state := env.Getenv("XDG_STATE_HOME")
	home := env.Getenv("HOME")
	switch {
	case o.spool != "":
		return o.spool, nil
	case filepath.IsAbs(state):
	case root:
		state = "/var/lib"
	case home != "":
		state = filepath.Join(home, ".local", "state")
	default:
		return "", cmderr.Usagef("proxy: no spool directory: HOME is not set").Hint("use --spool DIR")
	}
	return filepath.Join(state, "gearctl", "proxy"), nil
}

// Bounds of --spool-max.
const (
	minSpool = 1 << 20
	maxSpool = 1 << 60
)

// parseSpoolMax parses a size that may be larger than a packet; empty: no limit.
func parseSpoolMax(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	v, err := cli.ReadSize(s)
	switch {
	case err != nil:
		return 0, cmderr.Usagef("--spool-max %.60q: %v", s, err)
	case !(v >= minSpool && v <= maxSpool): // NaN is neither
		return 0, cmderr.Usagef("--spool-max %.60s: must be at least 1 MiB", s)
	}
	return int64(v), nil
}

// openSpool opens the spool and its queues, and reports jobs of an earlier run.
func (p *proxy) openSpool() error {
	path, err := p.o.spoolPath(p.env, os.Geteuid() == 0)
	if err != nil {
		return err
	}
	limit, err := parseSpoolMax(p.o.spoolMax)
	if err != nil {
		return err
	}
	var shared *disk.UnsafeError
	p.dir, err = spool.Open(p.env.FS(), path, limit)
	switch {
	case errors.Is(err, spool.ErrBusy):
		return cmderr.WithHint(cmderr.Errorf("proxy: spool %s is in use by another proxy", path), "one proxy can serve any number of routes; a second proxy needs another --spool DIR")
	case errors.As(err, &shared) && shared.Writable:
		return cmderr.WithHint(cmderr.Errorf("proxy: spool %w: they could add jobs and take some away", err), "chmod go-w %s", shell.QuotePrintable(shared.Path))
	case errors.As(err, &shared):
		return cmderr.WithHint(cmderr.Errorf("proxy: spool %w", err), "run as that user, or use another directory: --spool DIR")
	case err != nil:
		return cmderr.WithHint(cmderr.Errorf("proxy: open the spool: %w", err), "use another directory: --spool DIR")
	}
	for _, r := range p.routes {
		c, err := p.openQueue(r)
		if err != nil {
			p.dir.Close()
			return cmderr.Errorf("proxy: %w", err)
		}
		if n, _ := c.queue.Waiting(); n > 0 {
			p.env.Info("%s: %s left in the spool from an earlier run", c.route, output.Plural(n, "job", "jobs"))
		}
	}
	if err := p.reportOrphans(""); err != nil {
		p.dir.Close()
		return cmderr.Errorf("proxy: %w", err)
	}
	return nil
}

// openQueue opens the queue of a route in the spool.
func (p *proxy) openQueue(r *route) (*routeStats, error) {
	q, err := p.dir.Queue(r.spoolName(), r.String())
	if err != nil {
		return nil, cmderr.Errorf("open the spool: %w", err)
	}
	return p.open.begin(r, q), nil
}

// reportOrphans reports jobs in the spool whose route is not configured any more: in the queue name, or in all if that is empty.
func (p *proxy) reportOrphans(name string) error {
	left, err := p.dir.Leftovers()
	if err != nil {
		return cmderr.Errorf("read the spool: %w", err)
	}
	for _, l := range left {
		if l.Waiting > 0 && (name == "" || name == l.Name) {
			p.env.Warn("spool: %s of the route %s, which was not given; add it, or run: gearctl -s TARGET replay %s",
				output.Plural(l.Waiting, "job", "jobs"), strings.TrimSpace(l.About), l.Files)
		}
	}
	return nil
}

func (p *proxy) closeSpool() error {
	if err := p.dir.Close(); err != nil {
		return cmderr.Errorf("proxy: close the spool: %w", err)
	}
	return nil
}

// record is a job as the spool keeps it, without its data.
func (p *proxy) record(r *route, j wire.Job) archive.Record {
	return archive.Record{
		Server: r.from.Server, Queue: r.from.Queue, Handle: string(j.Handle), Unique: string(j.Unique), DrainedAt: p.env.Now(),
	}
}

// retryStore repeats store, which failed with err, until it succeeds or ctx ends. The source holds the jobs meanwhile.
func (p *proxy) retryStore(ctx context.Context, r *route, err error, store func() error) error {
	p.env.Warn("%s: %v: jobs wait at the source; retrying", r, p.spoolError(err))
	for cmderr.Pause(ctx, spoolRetry) {
		if err = store(); err == nil {
			p.env.Info("%s: the spool accepts jobs again", r)
			return nil
		}
	}
	return err
}

func (p *proxy) spoolError(err error) error {
	if errors.Is(err, spool.ErrFull) {
		return cmderr.Errorf("the spool has reached its limit, %s", output.Bytes(p.dir.Used()))
	}
	return cmderr.Errorf("write to the spool: %w", err)
}
