package doctor

import (
	"slices"

	"gearctl/commands/internal/modconf"
	"gearctl/wire"
)

// servers returns every server that a configuration or --server names, once. If none is named, the services of this host say
// where its gearmands are.
func (d *inspection) servers() ([]namedServer, error) {
	var list []namedServer
	add := func(server string, r serverRole) {
		for i := range list {
			if list[i].server == server {
				list[i].role = serverRole{list[i].role.module || r.module, list[i].role.worker || r.worker, list[i].role.dup || r.dup}
				return
			}
		}
		list = append(list, namedServer{server, r})
	}
	named, err := d.env.ServersOfUser()
	if err != nil {
		return nil, err
	}
	for _, c := range slices.Concat(d.modules, d.workers) {
		set := c.Settings(c.Role.Program())
		for _, server := range parsedServers(set.Servers) {
			add(server, serverRole{module: c.Role == modconf.RoleNEB, worker: c.Role == modconf.RoleWorker})
		}
		if c.Role == modconf.RoleWorker { // the module ignores it
			for _, server := range parsedServers(set.Dupservers) {
				add(server, serverRole{dup: true})
			}
		}
	}
	alone := len(list) == 0
	for _, server := range named.List { // maybe another site's, unless no server is configured
		add(server, serverRole{module: alone && len(d.modules) > 0, worker: alone})
	}
	if len(list) == 0 {
		for _, server := range d.gearmands().Servers() {
			add(server, serverRole{})
		}
	}
	return list, nil
}

// parsedServers leaves out invalid addresses, which config lint reports.
func parsedServers(addresses []string) []string {
	var list []string
	for _, a := range addresses {
		if servers, err := wire.ParseServers(a); err == nil {
			list = append(list, servers...)
		}
	}
	return list
}

// configuredServers returns the addresses of servers.
func (d *inspection) configuredServers() []string {
	named, _ := d.servers()
	list := make([]string, 0, len(named))
	for _, n := range named {
		list = append(list, n.server)
	}
	return list
}

// hasGearmandAlone reports whether this host has a service of gearmand, and nothing else that is checked.
func (d *inspection) hasGearmandAlone() bool {
	return len(d.cores)+len(d.modules)+len(d.workers)+len(d.broken) == 0 && len(d.gearmands().Servers()) > 0
}
