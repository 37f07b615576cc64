package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
)

// access is a file that a user must be able to use.
type access struct {
	what  string // "configuration", "key file", "log file", "module"
	path  string
	write bool
}

// checkRights computes whether the core's and the worker's user may use their files.
func (d *inspection) checkRights(s *section) {
	a := host.ReadAccounts(d.root)
	for _, c := range d.cores {
		user, why := c.user()
		needs := []access{}
		for _, m := range c.modules {
			needs = append(needs, access{"module", m.path, false})
		}
		for _, m := range d.modules {
			if len(d.cores) == 1 || c.loads(m.Path) {
				needs = append(needs, configAccess(m)...)
			}
		}
		u, ok := a.Find(user)
		if !ok {
			u, ok = d.runningAs(c, user)
		}
		d.checkUser(s, u, ok, user, why, needs)
	}
	for _, w := range d.workers {
		user, why := d.workerUser(w)
		u, ok := a.Find(user)
		d.checkUser(s, u, ok, user, why, configAccess(w))
	}
}

// configAccess returns the files of a configuration.
func configAccess(c modconf.Config) []access {
	var needs []access
	for _, file := range c.Files {
		needs = append(needs, access{"configuration", file, false})
	}
	set := c.Settings(c.Role.Program())
	if file := c.Option("keyfile"); file != "" && set.Encryption {
		needs = append(needs, access{"key file", file, false})
	}
	if file := c.Option("logfile"); file != "" && slices.Contains([]string{"automatic", "file"}, c.Option("logmode")) {
		needs = append(needs, access{"log file", file, true})
	}
	return needs
}

// user returns the user of the core, and where it is set.
func (c *coreConfig) user() (name, why string) {
	if c.site != nil {
		return c.site.Name, "of the OMD site"
	}
	if line, ok := c.vars[c.name+"_user"]; ok {
		return line.value, line.at.String()
	}
	if line, ok := c.vars["nagios_user"]; ok { // Icinga and Naemon accept the old name
		return line.value, line.at.String()
	}
	return c.name, "the default of " + c.name
}

// runningAs returns the account of a core's process under the user's name, for users that /etc/passwd does not have, as those
// of LDAP.
func (d *inspection) runningAs(c *coreConfig, user string) (host.Account, bool) {
	for _, pid := range d.pidsOf(c) {
		if u, ok := host.ProcessAccount(user, d.root.Text("/proc/"+pid+"/status")); ok {
			return u, true
		}
	}
	return host.Account{}, false
}

func (d *inspection) checkUser(s *section, u host.Account, ok bool, name, why string, needs []access) {
	if name == "" {
		s.unknown(why, "", "cannot determine the user it runs as")
		return
	}
	if !ok {
		s.unknown("user "+name, "getent passwd "+quoteAll(name), "is not in /etc/passwd (%s): cannot determine its rights", why)
		return
	}
	for _, n := range needs {
		d.checkAccess(s, u, n)
	}
}

func (d *inspection) checkAccess(s *section, u host.Account, n access) {
	info, err := d.root.Stat(n.path)
	target, right := n.path, fs.FileMode(host.MayRead)
	verb := "read"
	switch {
	case n.write && errors.Is(err, fs.ErrNotExist):
		target, right, verb = path.Dir(n.path), host.MayWrite|host.MaySearch, "write"
		if info, err = d.root.Stat(target); errors.Is(err, fs.ErrNotExist) {
			s.fail(n.path, fmt.Sprintf("mkdir -p %[2]s && chgrp %[1]s %[2]s && chmod 2775 %[2]s", u.Group, quoteAll(target)), "the directory of the %s does not exist: %s cannot write it", n.what, u.Name)
			return
		}
	case n.write:
		right, verb = host.MayWrite, "write"
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return // another check reports it if it is required
	case err != nil:
		s.unknown(n.path, d.asRoot(), "cannot be inspected: %s", cmderr.RootCause(err))
		return
	}
	if dir := u.InaccessibleDir(d.root, target); dir != "" {
		d.reportDenied(s, u, n, dir, host.MaySearch, "enter the directory")
	} else if !u.May(info, right) {
		d.reportDenied(s, u, n, target, right, verb)
	} else {
		s.ok(n.path, "%s: %s may %s it", n.what, u.Name, verb)
	}
}

// reportDenied adds a finding, unless an access control list may allow it.
func (d *inspection) reportDenied(s *section, u host.Account, n access, target string, right fs.FileMode, verb string) {
	info, err := d.root.Stat(target)
	if err != nil {
		s.unknown(n.path, d.asRoot(), "cannot inspect %s: %s", target, cmderr.RootCause(err))
		return
	}
	if d.hasACL(target) {
		s.unknown(n.path, "getfacl "+quoteAll(target), "%s: by its mode %s may not %s %s, but it has an access control list", n.what, u.Name, verb, target)
		return
	}
	what := "it"
	if target != n.path {
		what = target
	}
	s.fail(n.path, u.Grant(info, target, right), "%s: %s may not %s %s (%s)", n.what, u.Name, verb, what, host.Ownership(info))
}

func (d *inspection) hasACL(file string) bool {
	n, err := unix.Getxattr(d.root.At(file), "system.posix_acl_access", nil)
	return err == nil && n > 0
}

// workerUser returns the user that a worker runs as, and where it is set.
func (d *inspection) workerUser(w modconf.Config) (name, why string) {
	for i := range d.sites {
		if site := &d.sites[i]; site.Owns(w.Path) {
			return site.Name, "of the OMD site"
		}
	}
	for _, service := range workerServices {
		i, ok := d.root.FindService(service)
		if !ok || !d.starts(i, w) {
			continue
		}
		if user := i.User(d.root); user != "" {
			return user, i.Path
		}
	}
	return "", w.Path
}

// starts reports whether a service may start a worker with a configuration.
func (d *inspection) starts(i host.Service, w modconf.Config) bool {
	configs := host.OptionValues(d.root.CommandLine(i), "--config")
	return len(configs) == 0 || slices.ContainsFunc(configs, func(c host.Argument) bool { return c.Text == w.Path })
}
