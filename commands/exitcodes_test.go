package commands_test

import (
	"slices"
	"strings"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// severalServers are command lines of every command that asks several servers, and their exit codes. A server is good, or dead:
// nothing listens there, or bad: its answers cannot be read.
var severalServers = []struct {
	line string
	codes
}{
	{"status", asked},
	{"status q", asked},
	{"status --priority", asked},
	{"status --sort -total", asked},
	{"status -o jsonl", asked},
	{"workers --all", asked},
	{"version", asked},
	{"top --batch 1", asked},
	{"ping -n 1", asked},
	{"jobs", asked},
	{"jobs --unique", streamed},
	{"jobs --sort -retries", asked},
	{"job status {handle}", asked},
	{"raw status", streamed},
	{"exporter --textfile -", asked},
	{"peek q", asked},
	{"drain q --yes", asked},
	{"drain q --yes --to {file}", asked},
	{"drain q --yes --to {file} --rotate 1h", asked},
	{"drain q --yes --to-command cat", asked},
	{"drain q --yes --match payload=*", asked},
	{"drain q --dry-run", asked},
	{"drain q --yes --if-exists", asked},
	{"drain * --yes --all", asked},
	{"move q r --yes", asked},
	{"move q r --dry-run", asked},
	{"queue create new", asked},
	{"queue drop empty --yes", asked},
	{"queue drop empty --dry-run", asked},
	{"queue drop e*y --yes", asked},
	{"queue limit q 5", asked},
	{"wait q --waiting 0:", asked},
	{"queue gc --yes", asked},
	{"queue gc --dry-run", asked},
	{"job cancel {handle} --yes", asked},
	{"job cancel {handle} --dry-run", asked},
	{"result tail q --once --undecoded --yes", asked},
	{"submit -b q x --all", asked},
	{"result send --host h --message m --returncode 0 --no-encryption --all", asked},

	{"submit -b q x", first},
	{"result send --host h --message m --returncode 0 --no-encryption", first},
	{"check host h --command true --no-encryption", first},
	{"replay {archive}", first},

	{"health q --allow-empty", plugin},
}

// oneServer are commands that need no several servers in this table, with the reason.
var oneServer = map[string]string{
	"proxy": "runs until stopped", "work": "runs until stopped", "check work": "runs until stopped",
	"doctor": "reports findings", "check service": "is as check host", "check exec": "asks none", "route": "asks none", "config show": "asks none",
	"config lint": "asks none", "payload decode": "asks none", "payload encode": "asks none", "payload unique": "asks none",
	"context list": "asks none", "context show": "asks none", "context use": "asks none", "context validate": "asks none", "context edit": "asks none", "context import": "asks none",
	"archive list": "asks none", "archive verify": "asks none", "archive cat": "asks none", "archive split": "asks none",
	"server": "is one", "demo": "starts its own", "completion": "asks none",
	"compat install": "asks none", "compat list": "asks none", "compat gearadmin": "asks one", "compat gearman": "exits as gearman does",
	"compat gearman_top": "exits as gearman_top does", "compat check_gearman": "exits as a plugin does", "compat send_gearman": "exits as send_gearman does",
	"compat send_multi": "exits as send_multi does",
}

// codes are the exit codes for the servers good and dead, dead and good, good and bad, dead, dead and dead, bad, bad and dead.
type codes [7]int

var (
	asked    = codes{4, 4, 4, 3, 3, 1, 1} // all servers are asked
	streamed = codes{4, 4, 4, 3, 3, 4, 4} // so are these, and what a bad one said before it failed is printed
	first    = codes{0, 0, 0, 3, 3, 1, 1} // the first that accepts does
	plugin   = codes{2, 2, 2, 2, 2, 2, 2} // the states of a monitoring plugin: CRITICAL
)

// TestExitCodesOfSeveralServers: partly done is 4, failed is 1, and 3 only if no server at all could be reached; what the good
// server said is printed.
func TestExitCodesOfSeveralServers(t *testing.T) {
	var lines []string
	for _, c := range severalServers {
		lines = append(lines, c.line)
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			bad := servertest.StartPlayed(t, "garbage")
			for i, servers := range []string{"good,dead", "dead,good", "good,bad", "dead", "dead,dead2", "bad", "bad,dead"} {
				good := servertest.Embedded(t)
				dir := t.TempDir()
				handle := waiting(t, good, 1)
				emptyQueues(t, good, 1)
				servertest.SubmitCancelled(t, good, "phantom")
				archive := servertest.WriteFile(t, dir+"/archive", `{"v":1,"queue":"q","handle":"H:1","unique":"a","data":"eA=="}`+"\n"+`{"v":1,"end":true,"records":1,"acknowledged":1}`+"\n")
				line := strings.NewReplacer("{handle}", handle, "{file}", dir+"/jobs", "{archive}", archive).Replace(c.line)
				addrs := strings.NewReplacer("good", good, "dead2", "127.0.0.1:2", "dead", servertest.DeadAddr, "bad", bad).Replace(servers)
				got := commandtest.Gearctl(t, "", append([]string{"-s", addrs}, strings.Fields(line)...)...)
				if got.Code != c.codes[i] {
					t.Errorf("servers %s: exit code %d, want %d: 0 done, 1 failed, 3 no server reached, 4 partly done\nstdout %.200q\nstderr %.600q", servers, got.Code, c.codes[i], got.Stdout, got.Stderr)
				}
				if strings.Contains(servers, "good") && got.Stdout == "" {
					t.Errorf("servers %s: the answer of the good server is not printed: %+v", servers, got)
				}
				if c.codes[i] != 0 && got.Stderr == "" && got.Stdout == "" {
					t.Errorf("servers %s: exit code %d without a word", servers, got.Code)
				}
			}
		})
	}
	for _, name := range commands.ShownCommands() {
		if !inTable(name, lines) && oneServer[name] == "" {
			t.Errorf("gearctl %s has no row that shows its exit codes with several servers", name)
		}
	}
	for name := range oneServer {
		if !slices.Contains(commands.ShownCommands(), name) {
			t.Errorf("there is no command gearctl %s", name)
		}
	}
}

// TestCancellingSomeIsPartial: of three jobs the server refuses to cancel none, one, or all.
func TestCancellingSomeIsPartial(t *testing.T) {
	for refused, code := range []int{0, commandtest.ExitPartial, commandtest.ExitPartial, commandtest.ExitFailed} {
		server := servertest.Embedded(t)
		handles := submitNumbers(t, server, 3)
		answers := map[string]string{}
		for _, h := range handles[:refused] {
			answers["cancel job "+h] = "ERR busy try+later\n"
		}
		got := commandtest.Gearctl(t, "", append([]string{"-s", servertest.ServerAnswering(t, server, answers), "job", "cancel", "--yes"}, handles...)...)
		if got.Code != code || strings.Count(got.Stdout, " no ") != refused {
			t.Errorf("%d of 3 cancellations are refused: want exit code %d and that many rows that say so, got %+v", refused, code, got)
		}
	}
}
