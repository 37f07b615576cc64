package commands

import (
	"net"
	"slices"
	"strings"

	"gearctl/wire"
)

// servers returns every server that a configuration or --server names, once.
func (d *doctorVisit) servers() ([]namedServer, error) {
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
	byFlag, err := wire.ParseServers(d.env.globals.servers.Value()...)
	if err != nil {
		return nil, usagef("%v", err)
	}
	for _, c := range slices.Concat(d.modules, d.workers) {
		set := c.Settings(c.role.program())
		for _, server := range parsedServers(set.Servers) {
			add(server, serverRole{module: c.role == roleNEB, worker: c.role == roleWorker})
		}
		if c.role == roleWorker { // the module ignores it
			for _, server := range parsedServers(set.Dupservers) {
				add(server, serverRole{dup: true})
			}
		}
	}
	alone := len(list) == 0
	for _, server := range byFlag { // which may be another site's, unless it stands for one that is not configured
		add(server, serverRole{module: alone && len(d.modules) > 0, worker: alone})
	}
	return list, nil
}

// parsedServers leaves out what cannot be an address, of which config lint speaks.
func parsedServers(addresses []string) []string {
	var list []string
	for _, a := range addresses {
		if servers, err := wire.ParseServers(a); err == nil {
			list = append(list, servers...)
		}
	}
	return list
}

// configuredServers are the hosts of servers, for those who look for local ones.
func (d *doctorVisit) configuredServers() []string {
	named, _ := d.servers()
	list := make([]string, 0, len(named))
	for _, n := range named {
		list = append(list, n.server)
	}
	return list
}

// isLocal reports whether a server runs on the host that is examined.
func (d *doctorVisit) isLocal(server string) bool {
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		return false
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback() || ip.IsUnspecified()
	}
	own := strings.TrimSpace(d.tree.text("/etc/hostname"))
	return host == "localhost" || own != "" && strings.EqualFold(host, own)
}

// gearmandFiles are where gearmand's options stand.
var gearmandFiles = []string{"/etc/default/gearman-job-server", "/etc/default/gearmand", "/etc/sysconfig/gearmand", "/etc/gearmand.conf"}

// gearmandOption returns the file that gives the local gearmand an option, empty when none does.
func (d *doctorVisit) gearmandOption(option string) string {
	files := slices.Clone(gearmandFiles)
	for _, name := range gearmanServices {
		if i, ok := d.installed(name); ok && i.unit {
			files = append(files, i.path)
		}
	}
	for _, file := range files {
		for line := range strings.Lines(d.tree.text(file)) {
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			for word := range strings.FieldsSeq(strings.NewReplacer(`"`, " ", `'`, " ", "\\", " ").Replace(line)) {
				if word == option || strings.HasPrefix(word, option+"=") {
					return file
				}
			}
		}
	}
	return ""
}
