package probe

import (
	"errors"
	"testing"
	"time"

	"gearctl/wire"
)

// TestWhatAnAnswerProves: that no worker serves the queue, that one was silent or answered with something else, or that
// nothing could be sent.
func TestWhatAnAnswerProves(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err                           error
		noWorker, none, silent, unmet bool
		text                          string
	}{
		{nil, false, false, false, false, ""},
		{&NoWorkerError{"gm1:4730", "worker_a", true}, true, false, false, false, `gm1:4730: queue "worker_a" does not exist: no worker is connected`},
		{&NoWorkerError{"gm1:4730", "worker_a", false}, true, false, false, false, `gm1:4730: queue "worker_a" has no worker`},
		{
			&NoReplyError{server: "gm1:4730", queue: "worker_a", Reason: reasonNotTaken}, false, true, true, false,
			`gm1:4730: queue "worker_a": no answer in time: no worker took the job, they are busy or hang`,
		},
		{&NoReplyError{server: "gm1:4730", queue: "q", Reason: "the answer is odd"}, false, true, false, false, `gm1:4730: queue "q": the answer is odd`},
		{&wire.OpError{Server: "gm1:4730", Op: "dial", Err: errors.New("refused")}, false, false, false, true, "dial gm1:4730: refused"},
		{errors.New("no answer at all"), false, false, false, true, "no answer at all"},
	} {
		a := StatusReply{Err: tt.err}
		none, silent := a.NoStatus()
		if a.NoWorker() != tt.noWorker || none != tt.none || silent != tt.silent || a.NotSent() != tt.unmet {
			t.Errorf("%v: no worker %v, none %v, silent %v, not sent %v; want %+v", tt.err, a.NoWorker(), none, silent, a.NotSent(), tt)
		}
		if tt.err != nil && tt.err.Error() != tt.text {
			t.Errorf("got %q, want %q", tt.err, tt.text)
		}
	}
}

// TestAStatusRequestForTheModuleEndsWithANULByte: it compares C strings. One for a worker does not.
func TestAStatusRequestForTheModuleEndsWithANULByte(t *testing.T) {
	t.Parallel()
	for queue, want := range map[string]string{"worker_a": "check", "check_results": "check\x00", "a_worker_": "check\x00"} {
		if p := StatusRequest(queue); string(p.Text) != want || p.Queue != queue || p.Background || p.Unique != "" {
			t.Errorf("%s: %+v, want %q", queue, p, want)
		}
	}
	for _, tt := range []struct {
		queue, workload string
		want            bool
	}{{"worker_a", "anything", true}, {"q", "check", true}, {"q", "check\x00\x00", true}, {"q", "checks", false}, {"q", "", false}, {"a_worker_", "x", false}} {
		if got := IsStatusRequest([]byte(tt.queue), []byte(tt.workload)); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// TestTheLongestTimeOfAQuery is the wait and a third of it to cancel the job, at most half a second.
func TestTheLongestTimeOfAQuery(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]time.Duration{300: 400, 1500: 2000, 3000: 3500} {
		if got := MaxTime(wait * time.Millisecond); got != want*time.Millisecond {
			t.Errorf("%d ms: %v", wait, got)
		}
	}
}
