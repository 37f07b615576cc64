package check

import (
	"os"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servers"
)

func TestHowLongAQueueIsLeft(t *testing.T) {
	t.Parallel()
	now := time.Now()
	env := &cli.Env{Stderr: os.Stderr, Now: func() time.Time { return now }}
	u := &undecodableJobs{env: env, limit: 3, queues: map[servers.Endpoint]*failingQueue{}}
	e := servers.Endpoint{Server: "s:4730", Queue: "q"}
	u.accept(servers.Endpoint{Server: "s:4730", Queue: "other"})
	want := []time.Duration{0, 0, time.Minute}
	for range 7 {
		last := want[len(want)-1]
		want = append(want, last, min(2*last, time.Hour)) // one that was in hand, then one when it is served again
	}
	for i, w := range want {
		pause, discard, decoded := u.count(e)
		if discard != (i < 3) || !decoded || (pause == nil) != (w == 0) || pause != nil && (pause.Wait != w || pause.Answered != discard) {
			t.Fatalf("job %d: %+v, discard %v, decoded %v; want %v", i+1, pause, discard, decoded, w)
		}
		if pause != nil && i%2 == 1 {
			now = now.Add(pause.Wait)
		}
	}
	u.accept(e)
	if pause, discard, _ := u.count(e); pause != nil || !discard {
		t.Errorf("after a good one: %+v, %v", pause, discard)
	}
}
