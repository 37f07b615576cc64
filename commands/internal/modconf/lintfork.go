package modconf

import (
	"slices"
	"strings"

	"gearctl/wire/modgearman"
)

// product returns the distribution that a configuration belongs to by the paths of its files.
func (c Config) product() Product {
	if slices.ContainsFunc(append([]string{c.Path}, c.Files...), func(file string) bool { return strings.Contains(file, NagiosModGearman.marker) }) {
		return NagiosModGearman
	}
	return ModGearman
}

// unknownToFork are the options of mod_gearman that nagios-mod-gearman does not know.
var unknownToFork = []string{"latency_flatten_window", "host_perfdata_template", "service_perfdata_template", "internal_check_dummy"}

// lintFork finds what nagios-mod-gearman 1.0.1 does not read: a few options, and directories.
func lintFork(c Config) []modgearman.Finding {
	var all []modgearman.Finding
	if c.product().Name != NagiosModGearman.Name {
		return nil
	}
	add := func(s modgearman.Severity, e modgearman.Entry, message, consequence, fix string) {
		all = append(all, modgearman.Finding{
			Severity: s, File: e.File, Line: e.Line, Option: e.Option, Message: message, Consequence: consequence, Fix: fix,
		})
	}
	for _, e := range c.Entries {
		isDirectory := func(file string) bool { return strings.HasPrefix(file, strings.TrimRight(e.C, "/")+"/") }
		switch {
		case slices.Contains(unknownToFork, e.Option):
			add(modgearman.Warning, e, "is an option of mod_gearman only", "nagios-mod-gearman logs and ignores it", "remove the line")
		case e.Option == "config" && e.C != "" && slices.ContainsFunc(c.Files, isDirectory):
			add(modgearman.Failure, e, "names a directory", "nagios-mod-gearman reads nothing in it and does not report it", "set config= for each file")
		}
	}
	return all
}
