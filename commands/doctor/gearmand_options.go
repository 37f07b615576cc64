package doctor

import (
	"fmt"
	"strconv"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/gearmand"
	"gearctl/output"
)

// checkGearmands checks the gearmands of this host: their options, descriptors and stores.
func (d *inspection) checkGearmands(s *section) {
	for _, g := range d.gearmands().Own() {
		before := len(s.rows)
		d.checkRestarted(s, g)
		d.checkHarm(s, g)
		d.checkComments(s, g)
		d.checkDescriptors(s, g)
		if len(s.rows) == before {
			s.ok(g.Name(), "%s", summary(g))
		}
	}
	d.checkSharedStores(s)
}

// summary describes a gearmand without findings.
func summary(g gearmand.Instance) string {
	var parts []string
	if store := g.Options().Store(); store != nil {
		parts = append(parts, "keeps jobs in "+store.String())
	} else {
		parts = append(parts, "keeps jobs in memory")
	}
	if g.Files != nil {
		parts = append(parts, "runs with the options of its files")
	}
	if p := g.Process; p.Files >= 0 && p.Limit >= 0 {
		parts = append(parts, fmt.Sprintf("%s of %s descriptors open", output.Count(p.Files), output.Count(p.Limit)))
	}
	return strings.Join(parts, "; ")
}

// checkRestarted compares the options of a process with those of the files that start it.
func (d *inspection) checkRestarted(s *section, g gearmand.Instance) {
	if changes := g.Changes(); len(changes) > 0 {
		s.warn(g.Name(), d.gearmandCommand("restart", g), "its files were changed, but it was not restarted: %s", strings.Join(changes, ", "))
	}
}

// checkHarm checks for options that do harm. A few releases are tested by the check returns.
func (d *inspection) checkHarm(s *section, g gearmand.Instance) {
	retries, ok := g.Options().Get("job-retries")
	n, err := strconv.ParseInt(retries.Value, 10, 64)
	tested := !d.o.offline && !d.o.readOnly && n <= releases
	switch {
	case !ok || err != nil || n <= 0 || n%256 == 0 || tested:
	case n > 255:
		s.warn(g.Name(), d.withoutOption(g, "job-retries"), "%s: gearmand up to 2.0.0 takes this number modulo 256, and destroys a job that is released %s", retries, output.Plural(n%256, "time", "times"))
	default:
		s.warn(g.Name(), d.withoutOption(g, "job-retries"), "%s: it destroys a job that is released %d times, such as that of a worker that dies", retries, n)
	}
}

// checkComments checks for options that an operator took out by a # before them, and which are in force.
func (d *inspection) checkComments(s *section, g gearmand.Instance) {
	for _, option := range g.Options().InComments(d.root) {
		fix := "delete it from " + option.File + ", and restart gearmand"
		if g.Files != nil {
			fix = d.editOption(g, option, "/#/s/ *("+option.Pattern()+")//")
		}
		s.warn(g.Name(), fix, "%s has %s in a comment, and gearmand obeys it: its configuration file has no comments", option.File, option)
	}
}

// withoutOption is the command that removes an option from the file that gives it, and restarts gearmand.
func (d *inspection) withoutOption(g gearmand.Instance, name string) string {
	if g.Files != nil {
		if option, ok := g.Files.Options.Get(name); ok && option.File != "" {
			return d.editOption(g, option, "s/ *("+option.Pattern()+")//")
		}
	}
	if g.Files != nil && g.Process != nil {
		return d.gearmandCommand("restart", g) // its files do not have it any more
	}
	return "start gearmand without --" + name
}

// editOption is the command that edits the option in its file, and restarts gearmand.
func (d *inspection) editOption(g gearmand.Instance, option gearmand.Option, script string) string {
	return "sed -i -E --follow-symlinks " + quoteAll(script, option.File) + " && " + d.reload(g, option.File) + d.gearmandCommand("restart", g)
}

// withOption is the command that gives gearmand an option in the file that has another one, and restarts it.
func (d *inspection) withOption(g gearmand.Instance, other, name, value string) string {
	if g.Files == nil {
		return ""
	}
	old, ok := g.Files.Options.Get(name)
	replacement := "--" + name + "=" + value
	if !ok {
		old, ok = g.Files.Options.Get(other)
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
func (d *inspection) reload(g gearmand.Instance, file string) string {
	if g.Files.Service.Unit && (strings.HasSuffix(file, ".service") || strings.HasSuffix(file, ".conf") && strings.Contains(file, ".service.d/")) {
		return "systemctl daemon-reload && "
	}
	return ""
}

// checkSharedStores checks for gearmands that keep their jobs in the same place: at its start each loads those of the others.
func (d *inspection) checkSharedStores(s *section) {
	for _, sharers := range d.gearmands().Sharing() {
		d.reportSharedStore(s, sharers)
	}
}

func (d *inspection) reportSharedStore(s *section, sharers []gearmand.Instance) {
	names := make([]string, 0, len(sharers))
	for _, g := range sharers {
		names = append(names, g.Name())
	}
	last := sharers[len(sharers)-1]
	store := last.Options().Store()
	name, value := store.Separate(last.Options().Port())
	fix := d.withOption(last, "queue-type", name, value)
	if fix == "" {
		fix = fmt.Sprintf("start the gearmand on port %s with --%s=%s", last.Options().Port(), name, value)
	}
	s.fail(names[0], fix, "keeps jobs in the same place as %[3]s: %[1]s, %[2]s: when one of them starts, it loads the jobs of the other, which then run twice",
		store, store.Table, cmderr.Quoted(names[1:]))
}
