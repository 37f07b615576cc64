package gearmand

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"gearctl/commands/internal/host"
)

// Local are the gearmands of a host. Those of containers are among the running ones.
type Local struct {
	root    host.Root
	Running []Process
	Files   []Configured
}

// Instance is one of them: its process and what the files say of it, each nil if there is none.
type Instance struct {
	Process *Process
	Files   *Configured
}

// ReadLocal reads the gearmands of a host.
func ReadLocal(t host.Root) *Local { return &Local{t, Running(t), FromFiles(t)} }

// Own returns those that run on the host itself, not in a container with a network of its own.
func (l *Local) Own() (list []Instance) {
	own, _ := os.Readlink(l.root.Path("/proc/self/ns/net"))
	for i := range l.Running {
		if p := &l.Running[i]; own == "" || p.Network == "" || p.Network == own {
			list = append(list, l.of(p))
		}
	}
	return list
}

// Servers returns where the services of the host start gearmands.
func (l *Local) Servers() (list []string) {
	for _, c := range l.Files {
		name := c.Options.Value("listen", "localhost")
		if ip, err := netip.ParseAddr(name); err == nil && ip.IsUnspecified() {
			name = "localhost"
		}
		if c.Service.Name != "" {
			list = append(list, net.JoinHostPort(name, c.Options.Port()))
		}
	}
	return list
}

func (l *Local) of(p *Process) Instance { return Instance{p, l.filesOf(p)} }

// At returns the one that serves a server, host:port, empty if the server is another host's.
func (l *Local) At(server string) (found Instance) {
	at, ok := l.addr(server)
	if !ok {
		return found
	}
	for _, g := range l.Own() {
		if g.Process.Serves(at) && (found.Process == nil || len(found.Process.Listening) == 0) {
			found = g
		}
	}
	if found.Process != nil {
		return found
	}
	return Instance{Files: l.onPort(strconv.Itoa(int(at.Port())))}
}

// addr returns the address of a server of this host.
func (l *Local) addr(server string) (netip.AddrPort, bool) {
	name, port, _ := net.SplitHostPort(server)
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || !l.root.IsLocal(server) {
		return netip.AddrPort{}, false
	}
	ip, err := netip.ParseAddr(name)
	if err != nil {
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.AddrPortFrom(ip, uint16(number)), true
}

// onPort returns what the files say of the gearmand on a port, nil if they start none there.
func (l *Local) onPort(port string) *Configured {
	for i := range l.Files {
		if c := &l.Files[i]; c.Options.Port() == port {
			return c
		}
	}
	return nil
}

// filesOf returns what the files say of a process: those of its unit, else those of its port.
func (l *Local) filesOf(p *Process) *Configured {
	for i := range l.Files {
		if c := &l.Files[i]; p.Unit != "" && (c.Service.Name == p.Unit || strings.HasSuffix(l.root.Resolve(c.Service.Path), "/"+p.Unit+".service")) {
			return c
		}
	}
	if p.Unit != "" {
		return nil
	}
	return l.onPort(p.Options.Port())
}

// Options returns the options of the process, else those of the files.
func (g Instance) Options() Options {
	switch {
	case g.Process != nil:
		return g.Process.Options
	case g.Files != nil:
		return g.Files.Options
	}
	return nil
}

// Name names it by its process, with its address, else by its file.
func (g Instance) Name() string {
	switch p := g.Process; {
	case p == nil:
		return g.Files.Service.Path
	case len(p.Listening) == 0:
		return "process " + p.PID
	default:
		return fmt.Sprintf("process %s (%s)", p.PID, p.Listening[0])
	}
}

// Changes describes the options in which a process differs from the files that start it, none if either is missing.
func (g Instance) Changes() (changes []string) {
	if g.Process == nil || g.Files == nil {
		return nil
	}
	now, files := g.Process.Options, g.Files.Options
	for _, option := range files {
		if running, ok := now.Get(option.Name); option.compared() && !sameOption(running, option, ok) {
			changes = append(changes, describeChange(running, option, ok))
		}
	}
	for _, running := range now {
		if _, ok := files.Get(running.Name); !ok && g.Files.Service.Unit && running.compared() { // what a script starts may not be seen
			changes = append(changes, fmt.Sprintf("it runs with %s, which they do not have", running))
		}
	}
	slices.Sort(changes)
	return slices.Compact(changes)
}

// sameOption compares an option of a process with that of a file, of which a value with blanks is not known.
func sameOption(running, file Option, ok bool) bool {
	return ok && (running.Value == file.Value || strings.ContainsAny(running.Value, " \t'\""))
}

func describeChange(running, file Option, ok bool) string {
	switch {
	case !ok:
		return fmt.Sprintf("%s has %s, which it runs without", file.File, file)
	case file.Secret():
		return fmt.Sprintf("%s has another %s", file.File, file)
	}
	return fmt.Sprintf("%s has %s, it runs with %s", file.File, file, running)
}

// Sharing returns the gearmands that keep their jobs in the same place as others, running or not: at its start each of them
// loads the jobs of the others.
func (l *Local) Sharing() (groups [][]Instance) {
	byPlace := map[string][]Instance{}
	var places []string
	add := func(g Instance, network string) {
		store := g.Options().Store()
		if store == nil {
			return
		}
		place := store.place(l.root, network)
		if len(byPlace[place]) == 0 {
			places = append(places, place)
		}
		byPlace[place] = append(byPlace[place], g)
	}
	for i := range l.Running {
		add(l.of(&l.Running[i]), l.Running[i].Network)
	}
	for i := range l.Files {
		c := &l.Files[i]
		runs := func(p Process) bool { return l.filesOf(&p) == c }
		if c.Service.Name != "" && !slices.ContainsFunc(l.Running, runs) {
			add(Instance{Files: c}, "")
		}
	}
	for _, place := range places {
		if len(byPlace[place]) > 1 {
			groups = append(groups, byPlace[place])
		}
	}
	return groups
}
