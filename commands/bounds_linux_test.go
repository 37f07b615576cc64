package commands_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// mostMemory is what no command may take by its default limits, in bytes: three quarters of what is promised. It is 30
// to 70 MB on an idle machine, and more when the collector gets little of the processor.
const mostMemory = 150 << 20

// measured is a run of the built gearctl.
type measured struct {
	commandtest.Run
	peak int64 // bytes of memory at most
	took time.Duration
}

// measure runs a gearctl as a process with a server, for ten seconds at most, within 9 GB of addresses.
func measure(t testing.TB, gearctl, server string, argv ...string) measured {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return measureUntil(t, ctx, gearctl, server, argv...)
}

// measureUntil is measure that sends SIGTERM when ctx ends.
func measureUntil(t testing.TB, ctx context.Context, gearctl, server string, argv ...string) measured {
	t.Helper()
	var stderr bytes.Buffer
	stdout := &head{most: 1 << 20}
	limited := append([]string{"-c", `ulimit -v 9000000; exec "$0" "$@"`, gearctl, "-s", server}, argv...)
	cmd := exec.CommandContext(ctx, "/bin/sh", limited...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	start := time.Now()
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return measured{commandtest.Run{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}, usage.Maxrss << 10, time.Since(start)}
}

// head keeps the beginning of what is written to it.
type head struct {
	strings.Builder
	most int
}

func (h *head) Write(p []byte) (int, error) {
	h.Builder.Write(p[:min(len(p), max(0, h.most-h.Len()))])
	return len(p), nil
}

// boundedRuns are command lines, the server that they meet, and how they end.
var boundedRuns = []struct {
	server, argv string
	code         int
	says         string // on either stream
}{
	{"short", "status", 1, "more than 200000 rows.*--max-rows"},
	{"short", "status -o csv --max-answer 4MiB", 4, "longer than 4 MiB.*--max-answer"},
	{"giant", "status", 1, "more than 32 MB.*--max-rows"},
	{"short", "workers", 1, "more than (200000 rows|32 MB).*--max-rows"},
	{"giant", "workers --wide", 1, "more than 32 MB.*--max-rows"},
	{"short", "jobs", 1, "more than 200000 rows for a table.*-o csv.*--max-rows"},
	{"short", "jobs -o jsonl --max-answer 4MiB", 4, "longer than 4 MiB.*--max-answer"},
	{"giant", "jobs -o csv --max-answer 32MiB", 4, "longer than 32 MiB.*--max-answer"},
	{"short", "jobs --sort handle -o csv", 1, "more than 200000 rows to sort.*--sort.*--max-rows"},
	{"named", "jobs --unique -o json --max-answer 4MiB", 4, "longer than 4 MiB.*--max-answer"},
	{"short", "raw status --max-answer 4MiB", 4, "longer than 4 MiB.*--max-answer"},
	{"giant", "raw anything -o json --max-answer 32MiB", 4, "longer than 32 MiB.*--max-answer"},
	{"named", "health", 2, "more than 200000 rows.*--max-rows"},
	{"short", "top --batch 1", 1, "more than 200000 rows.*--max-rows"},
	{"short", "exporter --textfile -", 1, "more than 200000 rows.*--max-rows"},
	{"short", "wait q --waiting 0", 1, "more than 200000 rows.*--max-rows"},
	{"named", "queue limit q 5", 1, "more than 200000 rows.*--max-rows"},
	{"giant", "queue create q", 1, "more than 32 MB.*--max-rows"},
	{"short", "queue drop q --yes", 1, "more than 200000 rows.*--max-rows"},
	{"short", "queue gc --yes --max-answer 4MiB", 1, "longer than 4 MiB.*--max-answer"},
	{"named", "peek q", 1, "more than 200000 rows.*--max-rows"},
	{"named", "drain q --yes", 1, "more than 200000 rows.*--max-rows"},
	{"named", "move q r --yes", 1, "more than 200000 rows.*--max-rows"},
	{"short", "doctor", 1, "more than 200000 rows"},
}

// startEndless starts the endless servers until the test ends, and returns their addresses.
func startEndless(t testing.TB) map[string]string {
	t.Helper()
	servers := map[string]string{}
	for name, e := range endlessServers {
		addr, stop, err := servertest.StartHostile(e.serve)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		servers[name] = addr
	}
	return servers
}

// TestEveryCommandIsBounded runs commands against servers that never end, as processes, and reads their peak of memory.
func TestEveryCommandIsBounded(t *testing.T) {
	if commandtest.RaceDetector {
		t.Skip("the built gearctl is the same")
	}
	gearctl := commandtest.Binary(t)
	servers := startEndless(t)
	for _, test := range boundedRuns {
		t.Run(test.server+" "+test.argv, func(t *testing.T) {
			got := measure(t, gearctl, servers[test.server], strings.Fields(test.argv)...)
			says := strings.ReplaceAll(got.Stderr+got.Stdout, "\n", " ")
			if got.Code != test.code || !regexp.MustCompile(test.says).MatchString(says) {
				t.Errorf("exit code %d, want %d and %q\nstderr %.1000q\nstdout %.300q", got.Code, test.code, test.says, got.Stderr, got.Stdout)
			}
			if got.peak > mostMemory {
				t.Errorf("took %d MB", got.peak>>20)
			}
			t.Logf("%d MB, %v", got.peak>>20, got.took.Round(time.Millisecond))
		})
	}
}

// storms are command lines that meet packets which they did not ask for, without an end. Most never end either.
var storms = []struct{ server, argv string }{
	{"jobs", "work q --print"},
	{"mib", "work q -- cat"},
	{"noop", "work q --print"},
	{"error", "work q --print"},
	{"jobs", "drain q --yes --to DIR/archive.jsonl"},
	{"jobs", "drain q --yes --to DIR/a.jsonl --rotate 1M"},
	{"mib", "drain q --yes --to DIR/a.jsonl.gz --rotate 1M"},
	{"jobs", "drain q --yes --to-command cat"},
	{"mib", "drain q --yes --to-command cat --rotate 1M"},
	{"mib", "drain q --yes -o raw"},
	{"noop", "drain q --yes"},
	{"mib", "move q r --yes"},
	{"mib", "peek q"},
	{"error", "peek q"},
	{"mib", "submit q x"},
	{"noop", "submit q x -o json"},
	{"error", "submit -b q x"},
	{"mib", "check service h s --command true --queue q --no-encryption --wait 2s"},
	{"jobs", "check work --queue q --no-encryption --allow-root"},
	{"mib", "result tail q --yes --no-encryption"},
	{"jobs", "replay DIR/jobs.jsonl"},
	{"noop", "replay DIR/jobs.jsonl"},
	{"mib", "proxy --route ADDR/q=ADDR/r --spool DIR/spool"},
	{"noop", "proxy --route ADDR/q=ADDR/r --spool DIR/spool --sync"},
	{"named", "exporter --textfile DIR/gearman.prom --interval 50ms"},
	{"short", "__complete -s ADDR drain q"},
	{"named", "--trace status"},
	{"mib", "--trace drain q --yes"},
}

// stormLasts is how long a command is in a storm: at loopback speed that is hundreds of megabytes.
const stormLasts = 250 * time.Millisecond

// TestStormsOfPacketsAreBounded runs commands as processes in storms, and reads their peak of memory.
func TestStormsOfPacketsAreBounded(t *testing.T) {
	if commandtest.RaceDetector {
		t.Skip("the built gearctl is the same")
	}
	gearctl := commandtest.Binary(t)
	for _, test := range storms {
		t.Run(test.server+" "+test.argv, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			var begun sync.Once
			server := servertest.StartBad(t, func(c net.Conn) { // the time begins when the command is there
				begun.Do(func() { time.AfterFunc(stormLasts, cancel) })
				endlessServers[test.server].serve(c)
			})
			dir := t.TempDir()
			record := `{"v":1,"server":"gm1","queue":"q","handle":"H:x:1","unique":"u","data":"eA=="}`
			if err := os.WriteFile(dir+"/jobs.jsonl", []byte(record+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			argv := strings.Fields(strings.NewReplacer("DIR", dir, "ADDR", server).Replace(test.argv))
			argv = append([]string{"--timeout", "500ms", "--answer-timeout", "500ms"}, argv...)
			got := measureUntil(t, ctx, gearctl, server, argv...)
			if got.Code == 2 || got.Code == -1 || // a usage error, or killed since it did not end by SIGTERM
				strings.Contains(got.Stderr, "panic:") {
				t.Errorf("exit code %d\n%.2000s", got.Code, got.Stderr)
			}
			if got.peak > mostMemory {
				t.Errorf("took %d MB", got.peak>>20)
			}
			t.Logf("%d MB, %v, exit code %d %.200q", got.peak>>20, got.took.Round(time.Millisecond), got.Code, got.Stderr)
		})
	}
}
