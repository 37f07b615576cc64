package proxy_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk/disktest"
)

// TestProgressNeverCoversARefusedJob lets the target refuse a job for good and accept those before and after it: wherever the power
// fails, and after an orderly end, the refused job is in the spool.
func TestProgressNeverCoversARefusedJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, d := newPowered(t), disktest.NewSim()
		r, _, atTarget := p.begin(d, []string{"g", "h", "i"}, nil, func(key string) bool { return key == "h" }).finish()
		commandtest.WantRun(t, r, commandtest.ExitOK, "2 jobs carried")
		if fmt.Sprint(atTarget) != "[g i]" {
			t.Fatalf("the target has %s", atTarget)
		}
		for c := range d.Crashes {
			waiting, _, err := spooled(c.Restart())
			if acked := slices.Contains(servertest.Noted(c.Notes(), "ack"), "h"); err != nil || acked && !slices.Contains(waiting, "h") {
				t.Fatalf("%s: the refused job is lost: the spool has %s, %v; notes: %q", c.What, waiting, err, c.Notes())
			}
		}
		r, _, atTarget = p.begin(d, nil, nil, func(string) bool { return false }).finish()
		commandtest.WantRun(t, r, commandtest.ExitOK)
		if !slices.Contains(atTarget, "h") {
			t.Errorf("the next proxy brings %s, and not the job that was refused", atTarget)
		}
	})
}

// TestAnIdleProxyHasSavedItsProgress lets the power fail when a proxy has been idle for a second: no job is repeated.
func TestAnIdleProxyHasSavedItsProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, d := newPowered(t), disktest.NewSim()
		l := p.begin(d, []string{"g", "h", "i"}, nil, func(string) bool { return false })
		time.Sleep(time.Second)
		d.Note("idle since")
		r, _, _ := l.finish()
		commandtest.WantRun(t, r, commandtest.ExitOK, "3 jobs carried")
		for c := range d.Crashes {
			waiting, _, err := spooled(c.Restart())
			if slices.Contains(c.Notes(), "idle since") && (err != nil || len(waiting) > 0) {
				t.Fatalf("%s: %s were accepted a second ago, and are repeated, %v", c.What, waiting, err)
			}
		}
	})
}
