package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/gearmand"
	"gearctl/output"
)

// checkGearmands checks the gearmands of this host: their options, descriptors and stores.
func (d *inspection) checkGearmands(s *section) {
	for _, p := range d.ownGearmands() {
		g := localGearmand{p, d.filesOf(p)}
		before := len(s.rows)
		d.checkRestarted(s, g)
		d.checkHarm(s, g)
		d.checkDescriptors(s, g)
		if len(s.rows) == before {
			s.ok(g.name(), "%s", g.summary())
		}
	}
	d.checkSharedStores(s)
}

// name names a gearmand by its process, with its address, else by its file.
func (g localGearmand) name() string {
	switch p := g.process; {
	case p == nil:
		return g.files.Service.Path
	case len(p.Listening) == 0:
		return "process " + p.PID
	default:
		return fmt.Sprintf("process %s (%s)", p.PID, p.Listening[0])
	}
}

func (g localGearmand) summary() string {
	var parts []string
	if store := g.options().Store(); store != nil {
		parts = append(parts, "keeps jobs in "+store.String())
	} else {
		parts = append(parts, "keeps jobs in memory")
	}
	if g.files != nil {
		parts = append(parts, "runs with the options of its files")
	}
	if p := g.process; p.Files >= 0 && p.Limit >= 0 {
		parts = append(parts, fmt.Sprintf("%s of %s descriptors open", output.Count(p.Files), output.Count(p.Limit)))
	}
	return strings.Join(parts, "; ")
}

// checkRestarted compares the options of a process with those of the files that start it.
func (d *inspection) checkRestarted(s *section, g localGearmand) {
	if g.files == nil {
		return
	}
	if changes := g.changes(); len(changes) > 0 {
		s.warn(g.name(), d.gearmandCommand("restart", g), "its files were changed, but it was not restarted: %s", strings.Join(changes, ", "))
	}
}

// changes returns the options in which a process differs from the files that start it.
func (g localGearmand) changes() (changes []string) {
	now, files := g.process.Options, g.files.Options
	for _, option := range files {
		if running, ok := now.Get(option.Name); option.Compared() && !sameOption(running, option, ok) {
			changes = append(changes, describeChange(running, option, ok))
		}
	}
	for _, running := range now {
		if _, ok := files.Get(running.Name); !ok && g.files.Service.Unit && running.Compared() { // what a script starts may not be seen
			changes = append(changes, fmt.Sprintf("it runs with %s, which they do not have", running))
		}
	}
	slices.Sort(changes)
	return slices.Compact(changes)
}

// sameOption compares an option of a process with that of a file, of which a value with blanks is not known.
func sameOption(running, file gearmand.Option, ok bool) bool {
	return ok && (running.Value == file.Value || strings.ContainsAny(running.Value, " \t'\""))
}

func describeChange(running, file gearmand.Option, ok bool) string {
	switch {
	case !ok:
		return fmt.Sprintf("%s has %s, which it runs without", file.File, file)
	case file.Secret():
		return fmt.Sprintf("%s has another %s", file.File, file)
	}
	return fmt.Sprintf("%s has %s, it runs with %s", file.File, file, running)
}

// checkHarm checks for options that do harm. A few releases are tested by the check returns.
func (d *inspection) checkHarm(s *section, g localGearmand) {
	retries, ok := g.options().Get("job-retries")
	n, err := strconv.ParseInt(retries.Value, 10, 64)
	tested := !d.o.offline && !d.o.readOnly && n <= releases
	switch {
	case !ok || err != nil || n <= 0 || tested:
	case n > 255:
		s.warn(g.name(), d.withoutOption(g, "job-retries"), "%s: gearmand up to 2.0.0 takes this number modulo 256, and destroys a job that is released %d times", retries, n%256)
	default:
		s.warn(g.name(), d.withoutOption(g, "job-retries"), "%s: it destroys a job that is released %d times, such as that of a worker that dies", retries, n)
	}
}

// withoutOption is the command that removes an option from the file that gives it, and restarts gearmand.
func (d *inspection) withoutOption(g localGearmand, name string) string {
	if g.files != nil {
		if option, ok := g.files.Options.Get(name); ok && option.File != "" {
			return d.editOption(g, option, "s/ *("+option.Pattern()+")//")
		}
	}
	if g.files != nil && g.process != nil {
		return d.gearmandCommand("restart", g) // its files do not have it any more
	}
	return "start gearmand without --" + name
}

// editOption is the command that edits the option in its file, and restarts gearmand.
func (d *inspection) editOption(g localGearmand, option gearmand.Option, script string) string {
	return "sed -i -E --follow-symlinks " + quoteAll(script, option.File) + " && " + d.reload(g, option.File) + d.gearmandCommand("restart", g)
}

// withOption is the command that gives gearmand an option in the file that has another one, and restarts it.
func (d *inspection) withOption(g localGearmand, other, name, value string) string {
	if g.files == nil {
		return ""
	}
	old, ok := g.files.Options.Get(name)
	replacement := "--" + name + "=" + value
	if !ok {
		old, ok = g.files.Options.Get(other)
		replacement = "& " + replacement
	}
	if !ok || old.File == "" {
		return ""
	}
	return d.editOption(g, old, "s/("+old.Pattern()+")/"+sedText(replacement)+"/")
}

// sedText escapes the replacement of s///, except for &.
func sedText(text string) string { return strings.NewReplacer(`\`, `\\`, `/`, `\/`).Replace(text) }

// reload is the command that makes systemd read a unit again, if the file is one.
func (d *inspection) reload(g localGearmand, file string) string {
	if g.files.Service.Unit && (strings.HasSuffix(file, ".service") || strings.HasSuffix(file, ".conf") && strings.Contains(file, ".service.d/")) {
		return "systemctl daemon-reload && "
	}
	return ""
}

// checkSharedStores checks for gearmands that keep their jobs in the same place: at its start each loads those of the others.
func (d *inspection) checkSharedStores(s *section) {
	byPlace := map[string][]localGearmand{}
	var places []string
	add := func(g localGearmand, network string) {
		store := g.options().Store()
		if store == nil {
			return
		}
		place := store.Place(d.root, network)
		if len(byPlace[place]) == 0 {
			places = append(places, place)
		}
		byPlace[place] = append(byPlace[place], g)
	}
	all := d.gearmands()
	for i := range all.running {
		p := &all.running[i]
		add(localGearmand{p, d.filesOf(p)}, p.Network)
	}
	for i := range all.files {
		c := &all.files[i]
		runs := func(p gearmand.Process) bool { return d.filesOf(&p) == c }
		if c.Service.Name != "" && !slices.ContainsFunc(all.running, runs) {
			add(localGearmand{files: c}, "")
		}
	}
	for _, place := range places {
		if sharers := byPlace[place]; len(sharers) > 1 {
			d.reportSharedStore(s, sharers)
		}
	}
}

func (d *inspection) reportSharedStore(s *section, sharers []localGearmand) {
	names := make([]string, 0, len(sharers))
	for _, g := range sharers {
		names = append(names, g.name())
	}
	last := sharers[len(sharers)-1]
	store := last.options().Store()
	name, value := store.Separate(last.options().Port())
	fix := d.withOption(last, "queue-type", name, value)
	if fix == "" {
		fix = fmt.Sprintf("start the gearmand on port %s with --%s=%s", last.options().Port(), name, value)
	}
	s.fail(names[0], fix, "keeps jobs in %s, %s, as do %s: when one of them starts, it loads the jobs of the others, which then run twice",
		store, store.Table, cmderr.Quoted(names[1:]))
}
