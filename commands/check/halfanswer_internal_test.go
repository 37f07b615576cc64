package check

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

func resultJob(n int) *wire.Submission {
	return &wire.Submission{Function: "r", Unique: fmt.Sprint("u", n), Workload: fmt.Append(nil, n), Background: true}
}

// TestACopyIsRepeatedUntilItsServerAnswers: a dupserver that refuses a copy gets it no more, and that is told; one that does
// not answer gets it again.
func TestACopyIsRepeatedUntilItsServerAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		net := servertest.NewNetwork()
		dup := net.Scripted(t, "dup:4730", servertest.Step{Job: 2, Do: servertest.Refuse}, servertest.Step{Job: 3, Do: servertest.Lose})
		var stderr servertest.Buffer
		c := newCopySender(&cli.Env{Stderr: &stderr, Now: time.Now}, &wire.Dialer{NetDial: net.Dial}, "dup:4730")
		for n := range 4 {
			c.send(resultJob(n + 1))
		}
		close(c.jobs)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // of fake time
		defer cancel()
		c.run(ctx)
		got := dup.Arrivals("r")
		for payload, want := range map[string][]bool{"1": {true}, "2": nil, "3": {false, true}, "4": {true}} {
			if !slices.Equal(got[payload], want) {
				t.Errorf("copy %s arrived, and was answered: %v, want %v\n%v", payload, got[payload], want, dup)
			}
		}
		if refused := slices.DeleteFunc(dup.Submissions(), func(j servertest.Submission) bool { return !j.Refused }); len(refused) != 1 || c.lost != 1 ||
			!strings.Contains(stderr.String(), `a copy of a result is lost: SUBMIT_JOB_BG dup:4730: server error "QUEUE_ERROR"`) {
			t.Errorf("refused %d times, %d copies lost; stderr %q\n%v", len(refused), c.lost, stderr.String(), dup)
		}
	})
}

// TestAResultIsRepeatedOnlyOverAConnectionThatWasIdle: a server may close an idle connection, so that the result is sent
// again; over a new one the caller decides.
func TestAResultIsRepeatedOnlyOverAConnectionThatWasIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		net := servertest.NewNetwork()
		server := net.Scripted(t, "gm:4730", servertest.Step{Job: 1, Do: servertest.Lose}, servertest.Step{Job: 3, Do: servertest.Lose}, servertest.Step{Job: 5, Do: servertest.Refuse})
		var conns servertest.Connections
		p := newResultPool(&wire.Dialer{NetDial: conns.Counted(net.Dial)})
		for n, want := range []string{"the server closed the connection", "", "", "QUEUE_ERROR"} {
			if err := p.submit(t.Context(), "gm:4730", resultJob(n+1)); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("result %d: %v, want %q\n%v", n+1, err, want, server)
			}
		}
		got := server.Arrivals("r")
		for payload, want := range map[string][]bool{"1": {false}, "2": {true}, "3": {false, true}, "4": nil} {
			if !slices.Equal(got[payload], want) {
				t.Errorf("result %s arrived, and was answered: %v, want %v\n%v", payload, got[payload], want, server)
			}
		}
		p.close()
		if left := conns.Left(); len(left) > 0 {
			t.Errorf("connections stay open: %v", left)
		}
	})
}
