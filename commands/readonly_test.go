package commands_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// allowedRequests are those that a read-only context allows.
var allowedRequests = []string{"status", "prioritystatus", "workers", "version", "show jobs", wire.EchoReq.String()}

// readingLines are lines that work with a read-only context. {note} after a line: it leaves something out, with a note.
var readingLines = []string{
	"status", "status --priority", "status q --sort -waiting", "workers", "workers --all", "version", "top --batch 1", "top --batch 1 --priorities",
	"ping -n 1", "wait q --waiting 0:", "jobs", "jobs --sort -retries", "raw status", "raw version", "raw workers", "raw show jobs", "raw prioritystatus",
	"health q --allow-empty", "health --priorities", "exporter --textfile -", "exporter --textfile - --priorities", "exporter --sd-file -",
	"health q --end-to-end --no-encryption {note}", "health q --storage {note}", "health q --stalled 10ms --storage {note}", "health q --probe lab {note}", "health q --probe-queue q --send x {note}",
	"doctor --root {dir} {note}", "doctor --read-only --root {dir}", "__complete status q",
}

// refusedLines are lines that a read-only context refuses before anything but reading is sent.
var refusedLines = []string{
	"workers --wide", "jobs --unique", "job status {handle}", "job cancel {handle} --yes", "job cancel {handle} --sweep q --yes",
	"raw drop function q", "raw maxqueue q 1", "raw shutdown", "raw create function x", "raw show unique jobs", "raw getpid", "raw STATUS",
	"peek q", "peek q --rotate", "drain q --yes", "drain q --yes --to {dir}/a", "drain q --yes --to-command cat", "drain q --yes --match payload=*", "drain q --dry-run", "drain * --yes --all",
	"move q r --yes", "move q r --copy --yes", "move q r --dry-run", "replay {archive}", "submit -b q x", "submit q x", "work q --count 1 -- cat", "work q --print --count 1",
	"queue create new", "queue drop empty --yes", "queue drop empty --dry-run", "queue limit q 5", "queue gc --yes", "queue gc --dry-run",
	"check host h --command true --no-encryption", "check service h s --command true --no-encryption", "check host h --command true --no-encryption --wait 1s",
	"check work --hosts --no-encryption --allow-root --count 1", "result send --host h --message m --returncode 0 --no-encryption",
	"result tail q --once --undecoded --yes", "exporter --textfile - --probe *", "proxy --route {server}/q={server}/r --spool {dir}/spool",
}

// noServers are commands that ask no server of the context, with the reason.
var noServers = map[string]string{
	"check exec": "asks none", "payload decode": "asks none", "payload encode": "asks none", "payload unique": "asks none",
	"route": "asks with -s or --live only, as status does", "config show": "asks none", "config lint": "asks none",
	"archive list": "asks none", "archive verify": "asks none", "archive cat": "asks none", "archive split": "asks none",
	"server": "is one", "demo": "starts its own", "completion": "asks none",
	"context list": "asks none", "context show": "asks none", "context use": "asks none", "context validate": "asks none",
	"context edit": "asks none", "context import": "asks none",
	"compat install": "asks none", "compat list": "asks none",
	"compat gearadmin": "knows no contexts, as gearadmin", "compat gearman": "knows no contexts, as gearman", "compat gearman_top": "knows no contexts, as gearman_top",
	"compat check_gearman": "knows no contexts, as check_gearman", "compat send_gearman": "knows no contexts, as send_gearman", "compat send_multi": "knows no contexts, as send_multi",
}

// TestAReadOnlyContext runs every command on a server of a read-only context: chosen as a context, and by -s. What is no status
// request is refused with exit code 2 and the context's name, and reaches no server.
func TestAReadOnlyContext(t *testing.T) {
	for _, line := range slices.Concat(readingLines, refusedLines) {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			server := servertest.Embedded(t)
			handle := waiting(t, server, 1)
			emptyQueues(t, server, 1)
			servertest.NewSilentWorker(t, server, "worker_lab")
			before := stateOf(t, server)
			addr, requests := servertest.RecordRequests(t, server)
			change := commandtest.Contexts(t, fmt.Sprintf("contexts: {prod: {servers: %q, read_only: true}, site: {group: [prod]}}\n", addr))
			dir := t.TempDir()
			archive := servertest.WriteFile(t, filepath.Join(dir, "archive"), `{"v":1,"queue":"q","handle":"H:1","unique":"a","data":"eA=="}`+"\n"+`{"v":1,"end":true,"records":1,"acknowledged":1}`+"\n")
			text, note := strings.CutSuffix(line, " {note}")
			words := strings.Fields(strings.NewReplacer("{handle}", handle, "{dir}", dir, "{archive}", archive, "{server}", addr).Replace(text))
			for _, choice := range [][]string{{"--context", "prod"}, {"--context", "site"}, {"-s", addr}} {
				argv := append(slices.Clone(choice), words...)
				if words[0] == "__complete" {
					argv = slices.Concat(words[:1], choice, words[1:])
				}
				got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, argv...)
				if slices.Contains(readingLines, line) {
					if strings.Contains(got.Stderr, "context prod is read-only") != note || strings.Contains(got.Stdout, "may not be sent") || got.Code == commandtest.ExitUsage && words[0] != "health" {
						t.Errorf("%v: it only reads, and must do so: %+v", choice, got)
					}
					if sent := requests.All(); len(sent) == 0 && !slices.Contains(offline, line) {
						t.Errorf("%v: it asked nothing: %+v", choice, got)
					}
					continue
				}
				plugin := strings.Contains(line, "--wait")
				if !plugin && got.Code != commandtest.ExitUsage || plugin && got.Code != 3 || !strings.Contains(got.Stdout+got.Stderr, "context prod is read-only: ") {
					t.Errorf("%v: want exit code 2 and the context's name, got %+v", choice, got)
				}
			}
			forbidden := slices.DeleteFunc(requests.All(), func(r string) bool {
				return slices.ContainsFunc(allowedRequests, func(a string) bool { return r == a || strings.HasPrefix(r, wire.EchoReq.String()) })
			})
			if len(forbidden) > 0 || stateOf(t, server) != before {
				t.Errorf("a read-only context allows only %v, and yet the server got %q", allowedRequests, forbidden)
			}
			if _, err := os.Stat(filepath.Join(dir, "a")); err == nil {
				t.Error("an archive was made")
			}
		})
	}
	for _, name := range commands.ShownCommands() {
		other := strings.HasPrefix(name, "compat ") // runs another command line, to which the rules apply
		if !other && !inTable(name, slices.Concat(readingLines, refusedLines)) && noServers[name] == "" {
			t.Errorf("gearctl %s: no row shows what it does with a read-only context", name)
		}
	}
}

// TestAReadOnlyServerUnderAnotherName: the context names localhost, or a relay to the server, and -s the address.
func TestAReadOnlyServerUnderAnotherName(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	relayed, _ := servertest.RecordRequests(t, server)
	for _, name := range []string{strings.Replace(server, "127.0.0.1", "localhost", 1), relayed} {
		change := commandtest.Contexts(t, fmt.Sprintf("contexts: {prod: {servers: %q, read_only: true}}\n", name))
		got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, "-s", server, "submit", "-b", "q", "x")
		if got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, "context prod is read-only: submit on "+server+" is refused") {
			t.Errorf("%s is %s: got %+v", name, server, got)
		}
	}
	change := commandtest.Contexts(t, fmt.Sprintf("contexts: {prod: {servers: [%q, %q], read_only: true}}\n", servertest.Embedded(t), servertest.DeadAddr))
	commandtest.WantRun(t, commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, "-s", server, "submit", "-b", "q", "x"), 0)
}

// TestAReadOnlyDefaultServer: a line that names no server means localhost, which a context may protect.
func TestAReadOnlyDefaultServer(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"submit -b q x", "drain q --yes", "drain q --dry-run", "peek q", "job status H:1", "queue create new", "queue gc --yes"} {
		addr, requests := servertest.RecordRequests(t, servertest.Embedded(t))
		contexts := commandtest.Contexts(t, "contexts: {prod: {servers: localhost, read_only: true}}\n")
		got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
			contexts(e)
			e.NetDial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, addr)
			}
		}, strings.Fields(line)...)
		if got.Code != commandtest.ExitUsage || got.Stdout != "" || !strings.HasPrefix(got.Stderr, "gearctl: context prod is read-only: ") ||
			!strings.Contains(got.Stderr, " on localhost:4730 is refused\n") {
			t.Errorf("%s: want exit code 2 and nothing but the context's name, got %+v", line, got)
		}
		if sent := requests.All(); len(sent) > 0 {
			t.Errorf("%s: sent %q", line, sent)
		}
	}
}

// TestAReadOnlyServerAndTheOldNames: contexts choose no server for them, but protect one.
func TestAReadOnlyServerAndTheOldNames(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	text := fmt.Sprintf("contexts: {prod: {servers: %q, read_only: true}}\n", server)
	system := t.TempDir()
	servertest.WriteFile(t, filepath.Join(system, "contexts.yml"), text)
	host, port, _ := net.SplitHostPort(server)
	for _, line := range []string{
		"gearadmin -h " + host + " -p " + port + " --create-function=q", "gearman -h " + host + " -p " + port + " -b -f q x",
		"send_gearman --server=" + server + " --encryption=no --host=h --message=m",
	} {
		for of, change := range map[string]func(*cli.Env){"the user": commandtest.Contexts(t, text), "the host": func(e *cli.Env) { e.SystemDir = system }} {
			got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, append([]string{"compat"}, strings.Fields(line)...)...)
			if got.Code == 0 || !strings.Contains(got.Stdout+got.Stderr, "context prod is read-only") {
				t.Errorf("%s, with contexts of %s: got %+v", line, of, got)
			}
		}
	}
	if state := stateOf(t, server); strings.TrimSpace(state) != strings.TrimSpace(stateOf(t, servertest.Embedded(t))) {
		t.Errorf("the server was changed: %s", state)
	}
}

// TestAReadOnlyTarget: the servers that the arguments name are protected as well.
func TestAReadOnlyTarget(t *testing.T) {
	t.Parallel()
	from, to := servertest.Embedded(t), servertest.Embedded(t)
	waiting(t, from, 1)
	before := stateOf(t, from) + stateOf(t, to)
	for _, protected := range []string{from, to} {
		change := commandtest.Contexts(t, fmt.Sprintf("contexts: {prod: {servers: %q, read_only: true}}\n", protected))
		got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, "move", from+"/q", to+"/q", "--yes")
		if got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, "context prod is read-only: ") || stateOf(t, from)+stateOf(t, to) != before {
			t.Errorf("%s is protected: got %+v", protected, got)
		}
	}
}

// TestAReadOnlyMemberOfAMove: a group with one is refused, and named, as is a target.
func TestAReadOnlyMemberOfAMove(t *testing.T) {
	t.Parallel()
	a, b, to := servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t)
	waiting(t, a, 1)
	before := stateOf(t, a) + stateOf(t, b) + stateOf(t, to)
	for _, protected := range []string{a, b, to} {
		text := "contexts:\n"
		for name, server := range map[string]string{"a": a, "b": b, "to": to} {
			text += fmt.Sprintf("  %s: {servers: %q, read_only: %v}\n", name, server, server == protected)
		}
		change := commandtest.Contexts(t, text+"  pair: {group: [a, b]}\n  all: {group: [a, b, to]}\n")
		for _, line := range []string{"--context pair move q " + to + "/q", "--context all move q " + to + "/q", "--context all move q r", "--context all move q r --dry-run"} {
			got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, append(strings.Fields(line), "--yes")...)
			if got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, " is read-only: move on "+protected+" is refused") {
				t.Errorf("%s with %s protected: got %+v", line, protected, got)
			}
		}
	}
	if after := stateOf(t, a) + stateOf(t, b) + stateOf(t, to); after != before {
		t.Errorf("something was changed: %s", after)
	}
}

// TestAnotherContextMayChangeTheServer: who chooses a context that is not read-only means it.
func TestAnotherContextMayChangeTheServer(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	change := commandtest.Contexts(t, fmt.Sprintf("contexts: {prod: {servers: %[1]q, read_only: true}, admin: {servers: %[1]q}}\n", server))
	commandtest.WantRun(t, commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, "--context", "admin", "submit", "-b", "q", "x"), 0)
}

// TestBrokenContextsAllowNothingButReading: which servers are read-only is not known then.
func TestBrokenContextsAllowNothingButReading(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	change := commandtest.Contexts(t, "contexts: {prod: {servers: x, read_onyl: true}}\n")
	run := func(argv ...string) commandtest.Run {
		return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, append([]string{"-s", server}, argv...)...)
	}
	commandtest.WantRun(t, run("status"), 0)
	if got := run("submit", "-b", "q", "x"); got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, `contexts.yml:1: context prod has no key "read_onyl"; did you mean read_only?`) {
		t.Errorf("got %+v", got)
	}
}

// TestAReadOnlyContextOfUnknownServers allows nothing but reading: the configuration that names its servers is gone or says
// nothing, as a whole or in a part. What else is missing leaves the servers known.
func TestAReadOnlyContextOfUnknownServers(t *testing.T) {
	t.Parallel()
	server, protected := servertest.Embedded(t), servertest.Embedded(t)
	dir, empty := t.TempDir(), t.TempDir()
	waiting(t, server, 1)
	file := func(name, text string) string { return servertest.WriteFile(t, filepath.Join(dir, name), text) }
	named := fmt.Sprintf("servers: %q", protected)
	for _, c := range []struct{ settings, says string }{
		{"config: " + dir + "/gone.conf", "config: read configuration " + dir + "/gone.conf: no such file or directory"},
		{"config: " + file("empty.conf", ""), "empty.conf: no Mod-Gearman option in it"},
		{"config: " + file("none.conf", "encryption=no\n"), "none.conf: no server= in it"},
		{"config: " + file("bad.conf", "server=x:y\n"), `bad.conf: `},
		{"config: " + file("part.conf", "server="+protected+"\nconfig="+dir+"/more.conf\n"), "part.conf:2: cannot read " + dir + "/more.conf"},
		{"group: [gone]", `unknown context "gone"`},
		{named + ", key_file: " + dir + "/gone.key", ""},
		{named + ", config: " + dir + "/gone.conf", ""},
		{"config: " + file("key.conf", "server="+protected+"\nkeyfile="+dir+"/gone.key\n"), ""},
		{named + ", tls: {ca: " + dir + "/gone.pem}", ""},
	} {
		change := commandtest.Contexts(t, "contexts:\n  prod: {"+c.settings+", read_only: true}\n  own: {servers: '"+server+"'}\n")
		run := func(line string) commandtest.Run {
			return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, strings.Fields(line)...)
		}
		commandtest.WantRun(t, run("-s "+server+" status"), 0)
		before := stateOf(t, server)
		for _, line := range []string{"submit -b q x", "drain q --yes", "drain q --dry-run", "move q r --yes", "peek q", "queue create new"} {
			got := run("-s " + server + " " + line)
			switch {
			case c.says == "" && got.Code != 0:
				t.Errorf("%s: %s: got %+v", c.settings, line, got)
			case c.says != "" && (got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, c.says) || stateOf(t, server) != before):
				t.Errorf("%s: %s: want exit code 2 and %q, got %+v", c.settings, line, c.says, got)
			case c.says != "" && c.settings[0] == 'c' && !strings.Contains(got.Stderr, "only reading is possible\nhint: restore that file, or name the servers in the context: gearctl context edit\n"):
				t.Errorf("%s: %s: no hint: %+v", c.settings, line, got)
			}
		}
		for line, reads := range map[string]string{
			"health q --storage --perfdata none": " waiting without a worker",
			"doctor --root " + empty:             "server",
		} {
			got := run("-s " + server + " " + line)
			if c.says != "" && (!strings.Contains(got.Stdout, reads) || !strings.Contains(got.Stderr, c.says) || !strings.Contains(got.Stderr, " left out\n") || strings.Contains(got.Stdout, c.says) || stateOf(t, server) != before) {
				t.Errorf("%s: %s: want %q on stdout, and on stderr %q and what is left out, got %+v", c.settings, line, reads, c.says, got)
			}
		}
		if c.says != "" && c.settings[0] == 'c' {
			commandtest.WantRun(t, run("--context own submit -b q x"), 0) // who names a context without read_only means it
		} else if got := run("-s " + protected + " submit -b q x"); got.Code != commandtest.ExitUsage {
			t.Errorf("%s: the server is protected: got %+v", c.settings, got)
		}
	}
}

// TestContextsThatCannotBeReadAllowNothingButReading, either: another user may not read the file. One in a directory that the
// user must not enter is somebody else's, and protects nothing.
func TestContextsThatCannotBeReadAllowNothingButReading(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can change to another user")
	}
	server := servertest.Embedded(t)
	home := t.TempDir()
	os.Mkdir(filepath.Join(home, "gearctl"), 0o755)
	file := servertest.WriteFile(t, filepath.Join(home, "gearctl", "contexts.yml"), fmt.Sprintf("contexts: {prod: {servers: %q, read_only: true}}\n", server))
	os.Chmod(file, 0o600)
	run := func(line string) (text string, code int) {
		const nobody = 65534
		cmd := exec.CommandContext(t.Context(), "/proc/self/exe", append([]string{"-s", server}, strings.Fields(line)...)...)
		cmd.Args[0] = "gearctl" // as which the test's program behaves like gearctl
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		cmd.Dir, cmd.Env = "/", []string{"XDG_CONFIG_HOME=" + home}
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	os.Chmod(filepath.Dir(home), 0o700)
	if text, code := run("submit -b q x"); code != 0 || !strings.Contains(text, "permission denied: read-only contexts in it are not known") {
		t.Errorf("in a directory of somebody else's: exit code %d, %s", code, text)
	}
	for _, dir := range []string{filepath.Dir(home), home} {
		os.Chmod(dir, 0o755)
	}
	if text, code := run("status"); code != 0 || !strings.Contains(text, "\nq ") {
		t.Errorf("status only reads: exit code %d, %s", code, text)
	}
	text, code := run("submit -b q x")
	if code != commandtest.ExitUsage || !strings.Contains(text, "open "+file+": permission denied: it may protect servers, and until it can be read, only reading is possible\nhint: as its owner: chmod o+r "+file+"\n") {
		t.Errorf("exit code %d, %s", code, text)
	}
	if q := servertest.Queue(t, server, "q"); q.Total != 1 {
		t.Errorf("%d jobs, want that of the first submit", q.Total)
	}
}
