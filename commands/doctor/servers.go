package doctor

import (
	"net"
	"slices"
	"strings"

	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
	"gearctl/wire"
)

// servers returns every server that a configuration or --server names, once.
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

// isLocal reports whether a server runs on the inspected host.
func (d *inspection) isLocal(server string) bool {
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		return false
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback() || ip.IsUnspecified()
	}
	own := strings.TrimSpace(d.root.Text("/etc/hostname"))
	return host == "localhost" || own != "" && strings.EqualFold(host, own)
}

// gearmandFiles are the files with gearmand's options if no service starts it.
var gearmandFiles = []string{"/etc/default/gearman-job-server", "/etc/default/gearmand", "/etc/sysconfig/gearmand"}

// gearmandConfig is read by gearmand unless --config-file names another file.
const gearmandConfig = "/etc/gearmand.conf"

// gearmandOption returns the file that gives the local gearmand an option, empty when none does.
func (d *inspection) gearmandOption(option string) string {
	for _, w := range d.gearmandArgs() {
		if w.Text == option || strings.HasPrefix(w.Text, option+"=") {
			return w.File
		}
	}
	return ""
}

// gearmandArgs returns the options of the local gearmand: those it is started with, and those of its configuration,
// which is written as a command line.
func (d *inspection) gearmandArgs() []host.Argument {
	var words []host.Argument
	for _, name := range gearmanServices {
		if i, ok := d.root.FindService(name); ok {
			words = append(words, d.root.CommandLine(i)...)
		}
	}
	if len(words) == 0 {
		for _, file := range gearmandFiles {
			words = append(words, host.ScriptArgs(d.root, file)...)
		}
	}
	configs := host.OptionValues(words, "--config-file")
	if len(configs) == 0 {
		configs = []host.Argument{{Text: gearmandConfig}}
	}
	for _, c := range configs {
		words = append(words, host.ScriptArgs(d.root, c.Text)...)
	}
	return words
}
