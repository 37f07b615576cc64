package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// modulePlan is which queues a module sends to.
type modulePlan struct {
	config   modconf.Config
	settings modgearman.Settings
	objects  *modgearman.Objects // nil: unknown
	loads    map[string]modgearman.QueueLoad
}

// planQueues routes the objects of the core as each module would.
func (v *serverInspection) planQueues() {
	objects := v.host.readObjects()
	for _, m := range v.host.modules {
		p := modulePlan{config: m, settings: m.Settings(modgearman.ProgramNEB), objects: objects, loads: map[string]modgearman.QueueLoad{}}
		if objects != nil {
			for _, l := range objects.Plan(p.settings.Route(), 0) {
				if !l.Local {
					p.loads[l.Queue] = l
				}
			}
		}
		v.plans = append(v.plans, p)
	}
}

// readObjects reads the core's objects. If it cannot, that is a row of the check queue.
func (d *inspection) readObjects() *modgearman.Objects {
	if len(d.modules) == 0 {
		return nil
	}
	file := d.objectsFile()
	var objects *modgearman.Objects
	d.runCheck("queue", func(s *section) {
		if file == "" {
			s.unknown("this host", "name the core's objects.cache with --objects FILE", "no object_cache_file found: the queues are derived from the module's configuration alone")
			return
		}
		o, err := modgearman.ReadObjectsFile(d.root.At(file))
		fix := "name the core's objects.cache with --objects FILE"
		switch {
		case errors.Is(err, fs.ErrPermission):
			fix = d.asRoot()
		case len(d.cores) > 0 && d.o.objects == "":
			fix = d.coreServiceCommand(d.cores[0], "restart") // it writes the file
		}
		if objects = o; err != nil {
			s.unknown(file, fix, "cannot read the objects: %s", cmderr.RootCause(err))
		}
	})
	return objects
}

func (d *inspection) objectsFile() string {
	if d.o.objects != "" {
		return d.root.FromFlag(d.o.objects)
	}
	for _, c := range d.cores {
		if line, ok := c.vars["object_cache_file"]; ok {
			return line.value
		}
	}
	return ""
}

// queues returns the sorted queues that checks of the core go to.
func (p *modulePlan) queues() []string {
	if p.objects == nil {
		return p.settings.Queues()
	}
	var queues []string
	for name := range p.loads {
		queues = append(queues, name)
	}
	for _, name := range []string{modgearman.QueueEventhandler, modgearman.QueueNotification} {
		if slices.Contains(p.settings.Queues(), name) {
			queues = append(queues, name)
		}
	}
	slices.Sort(queues)
	return queues
}

// mayFill reports whether the module may ever send to a queue.
func (p *modulePlan) mayFill(queue string) bool {
	return slices.Contains(p.settings.Queues(), queue) || slices.Contains(p.queues(), queue) ||
		p.objects == nil && p.settings.CustomVariable != ""
}

// checkQueues compares the queues that the module fills with those that workers serve, on each of its servers.
func (v *serverInspection) checkQueues(_ context.Context, s *section) {
	for i := range v.plans {
		v.plans[i].checkGroups(s, v.host)
	}
	for _, f := range v.moduleServers() {
		for i := range v.plans {
			v.checkFilled(s, f, &v.plans[i])
		}
		v.checkServed(s, f)
	}
}

// checkGroups reports groups of the configuration that the core does not have: nothing is ever sent to their queues.
func (p *modulePlan) checkGroups(s *section, d *inspection) {
	if p.objects == nil {
		return
	}
	for _, g := range p.objects.UnknownGroups(p.settings.Route()) {
		near := cmderr.Closest(g.Name, g.Known)
		text := ""
		if near != "" {
			text = fmt.Sprintf("; %.100q is one that it has", near)
		}
		s.warn(p.config.Name(), d.groupFix(p.config, g.Option, g.Name, near), "%s names the group %.100q, which the core does not have: its rule never applies%s", g.Option, g.Name, text)
	}
}

// checkFilled checks for workers of the queues that a module fills.
func (v *serverInspection) checkFilled(s *section, f *serverFacts, p *modulePlan) {
	var good []string
	for _, queue := range p.queues() {
		q := f.queue(queue)
		if q.Workers > 0 {
			good = append(good, fmt.Sprintf("%s (%d)", queue, q.Workers))
			continue
		}
		load := p.describe(queue)
		if !modgearman.Registrable(queue) {
			s.fail(f.on(queue), "set the custom variable to "+modgearman.PrefixHostgroup+queue,
				"%s: mod_gearman workers cannot serve a queue without the prefix hostgroup_ or servicegroup_", load)
			continue
		}
		if v.host.onStandby(p.config.Path) && q.Waiting() == 0 {
			s.warn(f.on(queue), v.workerFix(f.server, queue), "%s when this standby takes over, but no worker serves it", load)
			continue
		}
		s.fail(f.on(queue), v.workerFix(f.server, queue), "%s, but no worker serves it%s", load, alsoWaiting(q))
	}
	if len(good) > 0 {
		s.ok(f.server, "%s with workers: %s", output.Plural(int64(len(good)), "queue the module sends to", "queues the module sends to"), cmderr.Quoted(good))
	}
}

// describe says what a module sends to a queue.
func (p *modulePlan) describe(queue string) string {
	l, ok := p.loads[queue]
	if !ok {
		return p.config.Name() + " sends jobs there"
	}
	var parts []string
	if l.Hosts > 0 {
		parts = append(parts, output.Plural(int64(l.Hosts), "host", "hosts"))
	}
	if l.Services > 0 {
		parts = append(parts, output.Plural(int64(l.Services), "service", "services"))
	}
	return "the checks of " + strings.Join(parts, " and ") + " go there"
}

// workerFix is the fix for a queue without workers: restart that of this host if it is to serve the queue.
func (v *serverInspection) workerFix(server, queue string) string {
	serves := func(w modconf.Config) bool {
		return slices.Contains(w.Settings(modgearman.ProgramWorker).Queues(), queue)
	}
	if slices.ContainsFunc(v.host.workers, serves) {
		return v.host.root.ServiceCommand("restart", workerServices)
	}
	option, value := workerOption(queue)
	for _, w := range v.host.workers {
		if slices.Contains(parsedServers(w.Settings(modgearman.ProgramWorker).Servers), server) {
			return v.host.addOption(w, option, value)
		}
	}
	return fmt.Sprintf("start a worker with %s=%s and server=%s", option, value, server)
}

// alsoWaiting describes the waiting jobs, empty if there are none.
func alsoWaiting(q wire.FunctionStatus) string {
	if q.Waiting() == 0 {
		return ""
	}
	return "; " + waitingText(q)
}

func waitingText(q wire.FunctionStatus) string {
	return output.Plural(q.Waiting(), "job waits", "jobs wait")
}

// workerOption returns the option that makes a worker serve a queue.
func workerOption(queue string) (option, value string) {
	if name, ok := strings.CutPrefix(queue, modgearman.PrefixHostgroup); ok {
		return "hostgroups", name
	}
	if name, ok := strings.CutPrefix(queue, modgearman.PrefixServicegroup); ok {
		return "servicegroups", name
	}
	return map[string]string{
		modgearman.QueueHost: "hosts", modgearman.QueueService: "services",
		modgearman.QueueEventhandler: "eventhandler", modgearman.QueueNotification: "notifications",
	}[queue], "yes"
}

// checkServed checks for workers of queues that are never filled.
func (v *serverInspection) checkServed(s *section, f *serverFacts) {
	for _, q := range f.snap.Queues.Rows {
		mayFill := func(p modulePlan) bool { return p.mayFill(q.Function) }
		if q.Workers == 0 || !modgearman.Registrable(q.Function) || slices.ContainsFunc(v.plans, mayFill) {
			continue
		}
		option, value := workerOption(q.Function)
		fix := fmt.Sprintf("remove %s=%s from the worker", option, value)
		for _, w := range v.host.workers {
			if slices.Contains(w.Settings(modgearman.ProgramWorker).Queues(), q.Function) {
				fix = v.host.groupFix(w, option, value, "")
			}
		}
		s.warn(f.on(q.Function), fix, "%s, but the module never sends to it (another core may)", output.Plural(q.Workers, "worker serves it", "workers serve it"))
	}
}
