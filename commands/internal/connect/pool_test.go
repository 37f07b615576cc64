package connect_test

import (
	"fmt"
	"testing"

	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestTheNextServerGetsAJobThatTheFirstHasNot, and only such a job: one whose answer was lost may be there.
func TestTheNextServerGetsAJobThatTheFirstHasNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   servertest.Step
		next bool // the next server gets the job
	}{
		{servertest.Step{Job: 1, Do: servertest.Refuse}, true},
		{servertest.Step{Job: 1, Do: servertest.Refuse, Error: "QUEUE_ERROR QUEUE_ERROR"}, true},
		{servertest.Step{Job: 1, Do: servertest.Lose}, false},
		{servertest.Step{Job: 1, Do: servertest.Halve}, false},
	} {
		t.Run(c.at.String(), func(t *testing.T) {
			t.Parallel()
			first, a := servertest.StartScripted(t, c.at)
			second, b := servertest.StartScripted(t)
			var skipped []string
			p := &connect.Pool{Client: &connect.Client{Dialer: &wire.Dialer{}, Skipped: func(errs []error, used string) {
				skipped = append(skipped, fmt.Sprint(len(errs), used))
			}}}
			t.Cleanup(p.Close)
			conn, handle, err := p.Submit(t.Context(), &wire.Submission{Function: "q", Unique: "k", Workload: []byte("x"), Background: true}, []string{a, b}, nil)
			if len(first.Submissions()) != 1 {
				t.Errorf("the first server got %v", first.Submissions())
			}
			if !c.next {
				if err == nil || !connect.MaybeSubmitted(err) || len(second.Submissions()) != 0 {
					t.Errorf("the first server may have the job, and the next got %v: %v", second.Submissions(), err)
				}
				return
			}
			if err != nil || handle == "" || conn.Server() != b || len(second.Submissions()) != 1 {
				t.Fatalf("the first server refused the job, and the next got %v: %v", second.Submissions(), err)
			}
			if len(skipped) != 1 || skipped[0] != fmt.Sprint(1, b) {
				t.Errorf("reported as skipped: %v, want one error and that %s was used", skipped, b)
			}
		})
	}
}

// TestADroppedConnectionIsNotUsedAgain: a command that goes on after an outage needs a new one.
func TestADroppedConnectionIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	_, addr := servertest.StartScripted(t)
	p := &connect.Pool{Client: &connect.Client{Dialer: &wire.Dialer{}, Skipped: func([]error, string) {}}}
	t.Cleanup(p.Close)
	s := &wire.Submission{Function: "q", Workload: []byte("x"), Background: true}
	first, _, err := p.Submit(t.Context(), s, []string{addr}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Drop(first)
	second, _, err := p.Submit(t.Context(), s, []string{addr}, nil)
	if err != nil || second == first {
		t.Errorf("after the connection was dropped: %v, the same connection %v", err, second == first)
	}
}
