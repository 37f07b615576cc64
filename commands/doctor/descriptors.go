package doctor

import (
	"slices"
	"strconv"

	"gearctl/commands/internal/gearmand"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

const (
	spareDescriptors     = 16 // with fewer left a gearmand is at its limit
	descriptorsPerWorker = 2  // a worker of Mod-Gearman keeps two connections to each server
	nearlyAll            = 0.8
)

// checkDescriptors compares the open descriptors of a gearmand, and those that the workers of this host may need, with its limit.
func (d *inspection) checkDescriptors(s *section, g gearmand.Instance) {
	p := g.Process
	if p.Limit < 0 {
		return
	}
	workers := d.maxWorkers(p)
	switch {
	case isFull(p):
		s.fail(g.Name(), g.RaiseLimit(d.root), "%s of its %s descriptors are open: at its limit gearmand accepts no connection, takes a whole processor, and does not answer",
			output.Count(p.Files), output.Count(p.Limit))
	case float64(p.Files) >= nearlyAll*float64(p.Limit):
		s.warn(g.Name(), g.RaiseLimit(d.root), "%s of its %s descriptors are open: at its limit gearmand accepts no connection, and does not answer", output.Count(p.Files), output.Count(p.Limit))
	case workers*descriptorsPerWorker >= p.Limit-spareDescriptors:
		s.warn(g.Name(), g.RaiseLimit(d.root), "max-worker allows %s on this host, with %d connections each, but its limit is %s descriptors: beyond it gearmand does not answer",
			output.Plural(workers, "worker", "workers"), descriptorsPerWorker, output.Count(p.Limit))
	}
}

// isFull reports whether a gearmand is at its limit.
func isFull(p *gearmand.Process) bool { return p.Limit >= 0 && p.Files >= p.Limit-spareDescriptors }

// maxWorkers returns how many workers the configurations of this host allow at a gearmand.
func (d *inspection) maxWorkers(p *gearmand.Process) (workers int64) {
	for _, w := range d.workers {
		uses := func(server string) bool { return d.gearmandAt(server).Process == p }
		if !slices.ContainsFunc(parsedServers(w.Settings(modgearman.ProgramWorker).Servers), uses) {
			continue
		}
		if n, err := strconv.ParseInt(w.Option("max-worker"), 10, 32); err == nil {
			workers += n
		}
	}
	return workers
}
