package commands_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// inTable reports whether a command is the first word or words of one of lines.
func inTable(command string, lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return line == command || strings.HasPrefix(line, command+" ") })
}

// TestADryRunTouchesNothing: with --dry-run, and also with --yes beside it, no request reaches a server that may change anything,
// nothing is asked and no file is made.
func TestADryRunTouchesNothing(t *testing.T) {
	rows := slices.Clone(questions)
	rows = append(
		rows,
		question{line: "drain * --all", setUp: waiting},
		question{line: "drain q --to {}", setUp: waitingAndAFile},
		question{line: "drain q --older-than 1h --match payload=0 --accept-risk", setUp: waiting},
		question{line: "queue gc --empty --all *", setUp: phantoms},
	)
	lines := []string{"replay", "compat install"} // TestADryReplayContactsNoServer, and TestInstall of compat
	for _, q := range rows {
		lines = append(lines, q.line)
		t.Run(q.line, func(t *testing.T) {
			t.Parallel()
			server := servertest.Embedded(t)
			arg := q.setUp(t, server, 2)
			addr, requests := servertest.RecordRequests(t, server)
			before := stateOf(t, server)
			for _, flags := range [][]string{{"--dry-run"}, {"-n"}, {"--dry-run", "--yes"}} {
				got := q.ask(t, addr, arg, "y\n", onTerminal, flags...)
				if got.Code != 0 || strings.Contains(got.Stderr, "[y/N]") {
					t.Errorf("%v: a dry run asks nothing and succeeds, got %+v", flags, got)
				}
			}
			if changes := requests.Changes(); len(changes) > 0 || len(requests.All()) == 0 {
				t.Errorf("a dry run must only ask the server, it sent %q", changes)
			}
			if after := stateOf(t, server); after != before {
				t.Errorf("a dry run changed the server: before\n%safter\n%s", before, after)
			}
			noFile(t, q, arg)
		})
	}
	for _, name := range commands.CommandsWithFlag("dry-run") {
		if !inTable(name, lines) {
			t.Errorf("gearctl %s has --dry-run, but no row shows that it touches nothing", name)
		}
	}
}

// TestADryReplayContactsNoServer as its help promises, and leaves the checkpoint as it is.
func TestADryReplayContactsNoServer(t *testing.T) {
	addr, requests := servertest.RecordRequests(t, servertest.Embedded(t))
	dir := t.TempDir()
	archive := filepath.Join(dir, "jobs")
	line := `{"v":1,"queue":"q","handle":"H:1","unique":"a","data":"eA=="}` + "\n" + `{"v":1,"end":true,"records":1,"acknowledged":1}` + "\n"
	if err := os.WriteFile(archive, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{nil, {"--checkpoint", filepath.Join(dir, "checkpoint")}} {
		got := commandtest.Gearctl(t, "", append([]string{"-s", addr, "replay", archive, "--dry-run"}, flags...)...)
		if got.Code != 0 || len(requests.All()) > 0 {
			t.Errorf("%v: a dry replay reads the archive and contacts no server: it sent %q, got %+v", flags, requests.All(), got)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("a dry replay makes no file: %v, %v", files, err)
	}
}

// asking are command lines of commands that change nothing on a server.
var asking = []string{
	"status", "status --priority", "status q --sort -waiting", "workers", "workers --all", "version", "top --batch 1",
	"ping -n 1", "wait q --waiting 0:", "jobs", "jobs --unique", "jobs --sort -retries", "job status {}", "health q --allow-empty", "health --priorities", "exporter --textfile -",
	"exporter --textfile - --priorities", "doctor --read-only --root {dir}", "__complete drain q",
	"compat gearman_top -b -H {addr}",
}

// offline are command lines that contact no server.
var offline = []string{
	"check exec -- true", "payload decode Y2hlY2sK", "payload encode --no-encryption --type host --host h --command true",
	"payload unique h s", "route --config {file} h", "config show {file}", "config lint {file}", "completion bash",
	"compat list", "compat install {dir}", "exporter --sd-file -",
	"archive list {dir}", "archive verify {dir}", "archive cat {dir}", "archive split {dir} --by queue --to {dir}/x",
}

// peek is none: it holds and releases jobs. server and demo are servers of their own, and context has files only.
var notAsking = []string{"peek", "server", "demo", "context list", "context show", "context use", "context validate", "context edit", "context import"}

// TestAskingChangesNothing sends what commands of inspection send to a recorder: each of them is in the table, and sends nothing
// that may change a server.
func TestAskingChangesNothing(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "mod_gearman_neb.conf")
	if err := os.WriteFile(conf, []byte("server=localhost\nencryption=no\nhosts=yes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range slices.Concat(asking, offline) {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			server := servertest.Embedded(t)
			handle := waiting(t, server, 1)
			servertest.NewSilentWorker(t, server, "worker_lab")
			before := stateOf(t, server)
			addr, requests := servertest.RecordRequests(t, server)
			argv := strings.Fields(strings.NewReplacer("{}", handle, "{dir}", t.TempDir(), "{file}", conf, "{addr}", addr).Replace(line))
			if argv[0] != "__complete" && !strings.HasPrefix(line, "compat gearman_top") {
				argv = append([]string{"-s", addr}, argv...)
			}
			got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), nil, argv...)
			sent := requests.All()
			if changes := requests.Changes(); len(changes) > 0 {
				t.Errorf("it only asks, and must send nothing that may change a server: %q", changes)
			}
			if after := stateOf(t, server); after != before {
				t.Errorf("it only asks, and the server changed: before\n%safter\n%s", before, after)
			}
			if slices.Contains(offline, line) && len(sent) > 0 {
				t.Errorf("it needs no server, and sent %q", sent)
			}
			if got.Code == commandtest.ExitUsage && !strings.HasPrefix(line, "health") || slices.Contains(asking, line) && len(sent) == 0 && argv[0] != "__complete" {
				t.Errorf("the line does not do what it is for: sent %q, %+v", sent, got)
			}
		})
	}
	for _, name := range commands.ReadingCommands() {
		if !inTable(name, slices.Concat(asking, offline, notAsking)) {
			t.Errorf("gearctl %s says that it changes nothing on a server, but no row shows it", name)
		}
	}
}

// TestMaxIsExact takes 2, 3 and 4 of 3 jobs, in every way that has a limit.
func TestMaxIsExact(t *testing.T) {
	const jobs = 3
	for _, c := range []struct {
		line string // {n} is the limit
		left func(limit int) int
		says string // what stdout holds of the number taken, formatted with it
	}{
		{line: "drain q --yes --max {n} -o jsonl", says: `"drained":%d,`},
		{line: "drain q --yes --max {n} --to {file} -o jsonl", says: `"drained":%d,`},
		{line: "drain q --yes --max {n} --match payload=* -o jsonl", says: `"drained":%d,`},
		{line: "drain q --yes --max {n} --complete --window 1 -o jsonl", says: `"drained":%d,`},
		{line: "drain q --yes --max {n} --window 2 -o jsonl", says: `"drained":%d,`},
		{line: "move q other --yes --max {n} -o jsonl", says: `"moved":%d,`},
		{line: "move q other --yes --max {n} --window 1 -o jsonl", says: `"moved":%d,`},
		{line: "move q other --yes --max {n} --match payload=* -o jsonl", says: `"moved":%d,`},
		{line: "move q other --yes --max {n} --copy -o jsonl", says: `"moved":%d,`, left: func(int) int { return jobs }},
		{line: "result tail q --once --undecoded --max {n} -o template={{.handle}}"},
		{line: "peek q --max {n} -o template={{.handle}}", left: func(int) int { return jobs }},
		{line: "peek q --rotate --max {n} -o template={{.handle}}", left: func(int) int { return jobs }},
	} {
		for limit := jobs - 1; limit <= jobs+1; limit++ {
			t.Run(fmt.Sprintf("%s of %d", c.line, limit), func(t *testing.T) {
				t.Parallel()
				addr := servertest.Embedded(t)
				waiting(t, addr, jobs)
				line := strings.NewReplacer("{n}", fmt.Sprint(limit), "{file}", filepath.Join(t.TempDir(), "jobs")).Replace(c.line)
				ctx, cancel := context.WithTimeoutCause(t.Context(), patience, commandtest.Interrupted)
				defer cancel()
				got := commandtest.GearctlContext(ctx, strings.NewReader(""), append([]string{"-s", addr}, strings.Fields(line)...)...)
				want := min(limit, jobs)
				switch {
				case got.Code != 0:
					t.Errorf("exit code %d, 130 after %v: %+v", got.Code, patience, got)
				case c.says != "" && !strings.Contains(got.Stdout, fmt.Sprintf(c.says, want)), c.says == "" && strings.Count(got.Stdout, "\n") != want:
					t.Errorf("a limit of %d, %d jobs: want exactly %d taken, got %q", limit, jobs, want, got.Stdout)
				}
				left := jobs - want
				if c.left != nil {
					left = c.left(limit)
				}
				if q := servertest.Queue(t, addr, "q"); q.Total != int64(left) {
					t.Errorf("a limit of %d, %d jobs: %d are left, want exactly %d", limit, jobs, q.Total, left)
				}
			})
		}
	}
}

// TestHoldLimitIsExact: peek holds a queue of as many jobs as --hold-limit allows, and refuses one more.
func TestHoldLimitIsExact(t *testing.T) {
	for limit, code := range map[int]int{2: commandtest.ExitFailed, 3: 0, 4: 0} {
		addr, requests := servertest.RecordRequests(t, servertest.Embedded(t))
		waiting(t, addr, 3)
		got := commandtest.Gearctl(t, "", "-s", addr, "peek", "q", "--hold-limit", fmt.Sprint(limit))
		if got.Code != code || slices.Contains(requests.All(), wire.CanDo.String()+" q") != (code == 0) {
			t.Errorf("--hold-limit %d with 3 jobs: want exit code %d, and the jobs held only then, got %+v", limit, code, got)
		}
	}
}

// TestCountIsExact submits and works off exactly as many jobs as --count says.
func TestCountIsExact(t *testing.T) {
	for _, n := range []int{1, 2, 3} {
		addr := servertest.Embedded(t)
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "x", "--count", fmt.Sprint(n)), 0)
		if q := servertest.Queue(t, addr, "q"); q.Total != int64(n) {
			t.Errorf("submit --count %d submitted %d jobs", n, q.Total)
		}
		commandtest.WantRun(t, commandtest.Gearctl(t, servertest.Numbers(3-n), "-s", addr, "submit", "-b", "-l", "q"), 0)
		servertest.WaitTotal(t, addr, "q", 3)
		for _, line := range []string{"work q -o jsonl", "work q --parallel 2 -- cat"} {
			before := servertest.Queue(t, addr, "q").Total
			count := min(int64(n), before)
			if count == 0 {
				continue
			}
			got := commandtest.Gearctl(t, "", append([]string{"-s", addr}, strings.Fields(strings.Replace(line, "work q", fmt.Sprint("work q --count ", count), 1))...)...)
			if left := servertest.Queue(t, addr, "q").Total; got.Code != 0 || before-left != count {
				t.Errorf("%s: --count %d took %d jobs, got %+v", line, count, before-left, got)
			}
		}
	}
}
