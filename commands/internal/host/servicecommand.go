package host

import "slices"

// Command is the command that starts, stops or restarts the service.
func (i Service) Command(verb string) string {
	if i.Unit {
		return "systemctl " + verb + " " + i.Name
	}
	return "service " + i.Name + " " + verb
}

// ServiceCommand is the command that starts, stops or restarts the first of services that is installed; the first of all if
// none is.
func (t Root) ServiceCommand(verb string, services []string) string {
	for _, name := range services {
		if i, ok := t.FindService(name); ok {
			return i.Command(verb)
		}
	}
	return Service{Name: services[0], Unit: slices.ContainsFunc(UnitDirs[1:], t.Exists)}.Command(verb)
}

// EnableCommand is the command that has a service start at boot.
func (t Root) EnableCommand(i Service) string {
	switch {
	case i.Unit:
		return "systemctl enable --now " + i.Name
	case t.Exists("/usr/sbin/update-rc.d"), t.Exists("/etc/debian_version"):
		return "update-rc.d " + i.Name + " defaults"
	}
	return "chkconfig --add " + i.Name + " && chkconfig " + i.Name + " on"
}

// ServiceOptions returns the values that an option has on the command lines of those services that are installed; bare says
// that one of them has none.
func (t Root) ServiceOptions(services []string, option string) (values []Argument, bare bool) {
	for _, name := range services {
		i, ok := t.FindService(name)
		if !ok {
			continue
		}
		found := OptionValues(t.CommandLine(i), option)
		values, bare = append(values, found...), bare || len(found) == 0
	}
	return values, bare
}
