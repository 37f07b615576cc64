package result_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAServerThatIsGoneAfterAPause: the connection dies while no result comes, and no server accepts another. What was sent
// is counted, and the next result is not.
func TestAServerThatIsGoneAfterAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		server := network.Scripted(t, "gm:4730")
		stdin, lines := io.Pipe()
		ended := make(chan commandtest.Run, 1)
		go func() {
			ended <- commandtest.GearctlEnv(t.Context(), stdin, func(e *cli.Env) {
				e.NetDial, e.Now = network.Dial, time.Now
			}, "-s", "gm:4730", "result", "send", "--no-encryption", "-o", "json")
		}()
		io.WriteString(lines, "web1\tdisk\t0\tfine\n")
		synctest.Wait()
		network.Remove("gm:4730")
		server.HangUpAll()
		time.Sleep(time.Minute)
		io.WriteString(lines, "web1\tload\t0\tfine\n")
		lines.Close()
		commandtest.WantMatch(t, <-ended, commandtest.ExitPartial, `"sent":1,`, "gm:4730")
	})
}

// TestAResultWithoutAnswerIsNotForgottenAfterAPause: the server took it and died without an answer. That is told, although
// another server would take the next one.
func TestAResultWithoutAnswerIsNotForgottenAfterAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		server := network.Scripted(t, "gm1:4730", servertest.Step{Job: 1, Do: servertest.Silence})
		network.Scripted(t, "gm2:4730")
		stdin, lines := io.Pipe()
		ended := make(chan commandtest.Run, 1)
		go func() {
			ended <- commandtest.GearctlEnv(t.Context(), stdin, func(e *cli.Env) {
				e.NetDial, e.Now = network.Dial, time.Now
			}, "-s", "gm1:4730,gm2:4730", "--timeout", "1h", "result", "send", "--no-encryption", "-o", "json")
		}()
		io.WriteString(lines, "web1\tdisk\t0\tfine\n")
		time.Sleep(time.Minute)
		server.HangUpAll()
		synctest.Wait()
		io.WriteString(lines, "web1\tload\t0\tfine\n")
		lines.Close()
		r := <-ended
		if r.Code == commandtest.ExitOK || !strings.Contains(r.Stdout, `"unanswered":1`) {
			t.Errorf("the result without an answer is not told: %+v", r)
		}
	})
}
