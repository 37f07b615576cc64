package commands_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestASecondInterruptReportsWhereTheJobsAre: a server stops answering after a number of packets, and the user presses ctrl-C
// twice. The command ends before a timeout of its own, and says what was done, what went back and what is in doubt.
func TestASecondInterruptReportsWhereTheJobsAre(t *testing.T) {
	t.Parallel()
	const jobs = 3
	for name, c := range map[string]struct {
		argv  []string
		stdin string
		want  []string // on stderr
	}{
		"drain":       {argv: []string{"drain", "q", "--yes"}, want: []string{"drain queue q on source:4730: interrupted a second time: 0 jobs were drained, unacknowledged ones were requeued, 3 jobs were acknowledged without confirmation and may be gone from the server"}},
		"drain match": {argv: []string{"drain", "q", "--yes", "--match", "payload=1"}, want: []string{"interrupted a second time: 0 jobs were drained, unacknowledged ones were requeued, in another order, 1 job was acknowledged without confirmation"}},
		"drain to":    {argv: []string{"drain", "q", "--yes", "--to", "FILE"}, want: []string{"interrupted a second time: 0 jobs are in FILE and off the server, 0 jobs were requeued, 3 jobs were acknowledged without confirmation"}},
		"move":        {argv: []string{"move", "source/q", "target/q", "--yes", "--priority", "normal"}, want: []string{"interrupted a second time: of 3 jobs "}},
		"replay":      {argv: []string{"replay", "ARCHIVE"}, want: []string{"interrupted a second time: ", "unconfirmed and may or may not be there"}},
		"result":      {argv: []string{"result", "send", "--no-encryption", "--lines"}, stdin: "a\tb\t0\tx\na\tb\t0\ty\n", want: []string{"interrupted a second time: ", "unconfirmed and may or may not be there"}},
		"submit":      {argv: []string{"submit", "-b", "--lines", "q"}, stdin: "1\n2\n3\n", want: []string{"interrupted a second time"}},
		"peek":        {argv: []string{"peek", "q"}, want: []string{"peek into queue q on source:4730: interrupted a second time: its jobs were requeued, in another order"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			argv := strings.Fields(strings.NewReplacer("FILE", filepath.Join(dir, "f"), "ARCHIVE", filepath.Join(dir, "a")).Replace(strings.Join(c.argv, " ")))
			if err := os.WriteFile(filepath.Join(dir, "a"), []byte(abortArchive), 0o600); err != nil {
				t.Fatal(err)
			}
			reported := 0
			for packet := 1; packet < 70; packet++ {
				os.Remove(filepath.Join(dir, "f"))
				synctest.Test(t, func(t *testing.T) {
					source := servertest.NewScripted(t, servertest.Step{Packet: packet, Do: servertest.Silence})
					for n := range jobs {
						source.Put("q", fmt.Sprint(n+1))
					}
					r, took := abortedRun(t, source, c.stdin, argv)
					switch {
					case r.Code == commandtest.ExitOK:
						return
					case took > 3*time.Second || r.Code != commandtest.ExitInterrupted:
						t.Fatalf("silent at packet %d: exit code %d after %v\n%s%s\n%s", packet, r.Code, took, r.Stdout, r.Stderr, source)
					}
					all := true
					for _, want := range c.want {
						all = all && strings.Contains(r.Stderr, strings.ReplaceAll(want, "FILE", filepath.Join(dir, "f")))
					}
					if all {
						reported++
					}
					t.Logf("packet %d: %s", packet, r.Stderr)
				})
			}
			if reported == 0 {
				t.Errorf("at no packet did %q report %q", argv, c.want)
			}
		})
	}
}

// abortedRun runs a command, and interrupts it after a second and after another.
func abortedRun(t *testing.T, source *servertest.Scripted, stdin string, argv []string) (commandtest.Run, time.Duration) {
	ctx, cancel := context.WithCancelCause(t.Context())
	ctx, abort := commands.WithAbort(ctx)
	time.AfterFunc(time.Second, func() { cancel(commandtest.Interrupted) })
	time.AfterFunc(2*time.Second, abort)
	start := time.Now()
	dial := commandtest.Piped(map[string]servertest.Hostility{"source:4730": source.Handle, "target:4730": servertest.NewScripted(t).Handle})
	r := commandtest.GearctlEnv(ctx, strings.NewReader(stdin), dial, append(argv, "-s", "source")...)
	took := time.Since(start)
	time.Sleep(time.Minute) // the servers notice that the client has left
	return r, took
}

const abortArchive = `{"v":1,"server":"old:4730","queue":"q","handle":"H:old:1","unique":"u1","data":"MQ=="}
{"v":1,"server":"old:4730","queue":"q","handle":"H:old:2","unique":"u2","data":"Mg=="}
{"v":1,"end":true,"records":2,"acknowledged":2}
`
