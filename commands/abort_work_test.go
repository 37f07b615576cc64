package commands_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/modgearman"
)

// TestASecondInterruptEndsTheCommandOfAJob: the job goes back to its queue, and the command does not go on meanwhile.
func TestASecondInterruptEndsTheCommandOfAJob(t *testing.T) {
	t.Parallel()
	command := "echo $$ > PID.new; mv PID.new PID; exec sleep 600"
	for name, c := range map[string]struct {
		argv []string
		job  func(t *testing.T, command string) string
	}{
		"work":       {[]string{"work", "q", "--", "/bin/sh", "-c"}, func(*testing.T, string) string { return "a job" }},
		"check work": {[]string{"check", "work", "--queue", "q", "--no-encryption", "--allow-root"}, encodedCheck},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, file := servertest.Embedded(t), filepath.Join(t.TempDir(), "pid")
			command := strings.ReplaceAll(command, "PID", file)
			servertest.Submit(t, addr, "q", c.job(t, command))
			argv := append([]string{"-s", addr}, c.argv...)
			if name == "work" {
				argv = append(argv, command)
			}
			w := commandtest.Start(t, argv...)
			var pid int
			servertest.Until(t, "the command runs", func() bool {
				b, err := os.ReadFile(file)
				if err == nil {
					pid, err = strconv.Atoi(strings.TrimSpace(string(b)))
				}
				return err == nil
			})
			w.Interrupt()
			w.Abort()
			if code := w.Wait(); code != commandtest.ExitInterrupted {
				t.Errorf("exit code %d: %s", code, w.Stderr.String())
			}
			servertest.Until(t, "the command has ended", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
			servertest.Until(t, "the job waits again", func() bool { return servertest.Queue(t, addr, "q").Waiting() == 1 })
		})
	}
}

func encodedCheck(t *testing.T, command string) string {
	check := modgearman.Check{
		Kind: modgearman.KindService, ResultQueue: servertest.Results, TargetQueue: "q", Host: "web01", Service: "disk",
		CoreTime: time.Now(), Timeout: 600, CommandLine: command,
	}
	text, err := check.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := modgearman.Encode(text, modgearman.Key{})
	if err != nil {
		t.Fatal(err)
	}
	return string(payload)
}
