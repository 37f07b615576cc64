package doctor

import (
	"net"

	"gearctl/commands/internal/gearmand"
)

// gearmands reads the gearmands of the host, once.
func (d *inspection) gearmands() *gearmand.Local {
	if d.local == nil {
		d.local = gearmand.ReadLocal(d.root)
	}
	return d.local
}

// gearmandAt returns the local gearmand that serves a server, empty if the server is another host's.
func (d *inspection) gearmandAt(server string) gearmand.Instance { return d.gearmands().At(server) }

// gearmandCommand is the command that starts or restarts a gearmand.
func (d *inspection) gearmandCommand(verb string, g gearmand.Instance) string {
	switch {
	case g.Process != nil && g.Process.Unit != "":
		return "systemctl " + verb + " " + g.Process.Unit
	case g.Files != nil && g.Files.Service.Name != "":
		return g.Files.Service.Command(verb)
	case g.Process != nil && g.Files == nil:
		return g.Process.RestartCommand()
	}
	return d.root.ServiceCommand(verb, gearmand.Services())
}

// restartAt is the command that restarts the gearmand of a server.
func (d *inspection) restartAt(server string) string {
	if d.isLocal(server) {
		return d.gearmandCommand("restart", d.gearmandAt(server))
	}
	name, _, _ := net.SplitHostPort(server)
	return "ssh " + quoteAll(name) + " systemctl restart " + gearmand.Services()[1]
}

// isLocal reports whether a server runs on the inspected host.
func (d *inspection) isLocal(server string) bool { return d.root.IsLocal(server) }
