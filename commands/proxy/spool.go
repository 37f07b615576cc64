package proxy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire/disk"
	"gearctl/wire/spool"
)

// spoolPath returns where the spool is.
func (o *proxyOptions) spoolPath(env *cli.Env, root bool) (string, error) {
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

// maxSpool is the largest limit that means anything, and minSpool the smallest that leaves room to work.
const (
	minSpool = 1 << 20
	maxSpool = 1 << 60
)

// parseSpoolMax reads a size that may be larger than a packet. Without one there is no limit.
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

// openSpool opens the spool and its queues, and tells of jobs that lie there from before.
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
		return cmderr.WithHint(cmderr.Errorf("proxy: spool %w: they could add jobs and take some away", err), "chmod go-w %s", shell.ShellWord(shared.Path))
	case errors.As(err, &shared):
		return cmderr.WithHint(cmderr.Errorf("proxy: spool %w", err), "run as that user, or use another directory: --spool DIR")
	case err != nil:
		return cmderr.WithHint(cmderr.Errorf("proxy: open the spool: %w", err), "use another directory: --spool DIR")
	}
	for _, c := range p.counts {
		if c.queue, err = p.dir.Queue(c.route.spoolName(), c.route.String()); err != nil {
			p.dir.Close()
			return cmderr.Errorf("proxy: open the spool: %w", err)
		}
		if n, _ := c.queue.Waiting(); n > 0 {
			p.env.Info("%s: %s left in the spool from an earlier run", c.route, output.Plural(n, "job", "jobs"))
		}
	}
	return p.tellLeft()
}

// tellLeft tells of jobs in the spool whose route is no longer there.
func (p *proxy) tellLeft() error {
	left, err := p.dir.Leftovers()
	if err != nil {
		p.dir.Close()
		return cmderr.Errorf("proxy: read the spool: %w", err)
	}
	for _, l := range left {
		if l.Waiting > 0 {
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
