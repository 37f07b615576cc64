package gearmand

import (
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"gearctl/commands/internal/host"
)

// Process is a gearmand that runs.
type Process struct {
	PID       string
	Options   Options          // of its command line and of its configuration file, which may have changed since
	Listening []netip.AddrPort // empty: unknown
	Unit      string           // the systemd unit that started it, without .service; empty: unknown, or none
	Network   string           // of its network namespace; empty: unknown
	Files     int64            // open descriptors, -1 if unknown
	Limit     int64            // on them, -1 if unknown
	HardLimit int64            // up to which Limit can be raised, -1 if unknown
}

// Running returns the gearmands that run on a host, by number.
func Running(t host.Root) []Process {
	var list []Process
	for _, pid := range t.Names("/proc") {
		if _, err := strconv.Atoi(pid); err != nil {
			continue
		}
		words := strings.Split(strings.TrimRight(t.Text("/proc/"+pid+"/cmdline"), "\x00"), "\x00")
		if path.Base(words[0]) == "gearmand" {
			list = append(list, readProcess(t, pid, words))
		}
	}
	return list
}

func readProcess(t host.Root, pid string, words []string) Process {
	dir := "/proc/" + pid
	args := make([]host.Argument, 0, len(words))
	for _, w := range words[1:] {
		args = append(args, host.Argument{Text: w})
	}
	p := Process{PID: pid, Options: parseOptions(args).withConfig(t), Files: -1, Unit: unitOf(t.Text(dir + "/cgroup"))}
	p.Limit, p.HardLimit = fileLimits(t.Text(dir + "/limits"))
	p.Network, _ = os.Readlink(t.Path(dir + "/ns/net"))
	sockets := map[string]bool{}
	if names := t.Names(dir + "/fd"); len(names) > 0 {
		p.Files = int64(len(names))
		if p.Limit >= 0 {
			p.Files = min(p.Files, p.Limit) // more are seen while it opens and closes some
		}
		for _, name := range names {
			if target, err := os.Readlink(t.Path(dir + "/fd/" + name)); err == nil {
				sockets[target] = true
			}
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		for _, l := range listeners(t.Text(dir + "/net/" + table)) {
			if sockets["socket:["+l.inode+"]"] {
				p.Listening = append(p.Listening, l.addr)
			}
		}
	}
	return p
}

// fileLimits reads the soft and the hard limit of open files from /proc/PID/limits, -1 if they are not there.
func fileLimits(limits string) (soft, hard int64) {
	for line := range strings.Lines(limits) {
		rest, ok := strings.CutPrefix(line, "Max open files")
		if f := strings.Fields(rest); ok && len(f) > 1 {
			return limitNumber(f[0]), limitNumber(f[1])
		}
	}
	return -1, -1
}

func limitNumber(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "unlimited":
		return math.MaxInt64
	case err != nil:
		return -1
	}
	return n
}

// unitOf returns the systemd service in the control groups of a process.
func unitOf(groups string) string {
	for line := range strings.Lines(groups) {
		if unit, ok := strings.CutSuffix(path.Base(strings.TrimSpace(line)), ".service"); ok {
			return unit
		}
	}
	return ""
}

// listener is a socket that accepts connections.
type listener struct {
	addr  netip.AddrPort
	inode string
}

// listening is the state of such a socket in /proc/net/tcp.
const listening = "0A"

// listeners reads /proc/PID/net/tcp or tcp6.
func listeners(table string) (list []listener) {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != listening {
			continue
		}
		if addr, ok := kernelAddr(f[1]); ok {
			list = append(list, listener{addr, f[9]})
		}
	}
	return list
}

// kernelAddr reads ADDRESS:PORT as the kernel writes it: words of four bytes in the byte order of the machine, which is
// little-endian wherever gearctl runs.
func kernelAddr(text string) (netip.AddrPort, bool) {
	digits, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(digits)
	number, err2 := strconv.ParseUint(port, 16, 16)
	if err != nil || err2 != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	ip, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(ip.Unmap(), uint16(number)), ok
}

// Serves reports whether the process accepts connections to a port at an address of its host.
func (p *Process) Serves(at netip.AddrPort) bool {
	if len(p.Listening) == 0 {
		return p.Options.Port() == strconv.Itoa(int(at.Port()))
	}
	return slices.ContainsFunc(p.Listening, func(l netip.AddrPort) bool {
		return l.Port() == at.Port() && (l.Addr().IsUnspecified() || l.Addr() == at.Addr() || isLocalhost(l.Addr()) && isLocalhost(at.Addr()))
	})
}

// isLocalhost reports whether the name localhost may stand for an address.
func isLocalhost(ip netip.Addr) bool { return ip.String() == "127.0.0.1" || ip.String() == "::1" }

// RestartCommand is the command, for bash, that stops a process that no service starts, and starts it again. It does not
// show the options, which may hold a password.
func (p *Process) RestartCommand() string {
	line := fmt.Sprintf(`mapfile -d '' args < /proc/%[1]s/cmdline && kill %[1]s && tail --pid=%[1]s -f /dev/null && "${args[@]}"`, p.PID)
	if _, daemon := p.Options.Get("daemon"); !daemon {
		line += " &"
	}
	return line
}
