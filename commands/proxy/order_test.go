package proxy_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"gearctl/commands/internal/commandtest"
	"gearctl/wire/disk/disktest"
)

// TestTheOrderOfAProxiedJob is the order of writes, syncs, acknowledgements and submissions: a job is synced, under a name that is
// synced, before it is acknowledged or submitted, and its progress is saved after it was accepted: another file is written, synced
// and renamed, and the directory synced.
func TestTheOrderOfAProxiedJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, d := newPowered(t), disktest.NewSim()
		r, _, _ := p.begin(d, []string{"g", bad}, nil, func(string) bool { return false }).finish()
		commandtest.WantRun(t, r, commandtest.ExitOK)
		log := strings.ReplaceAll(strings.Join(d.Log(), "\n"), "/spool/q-221c8b6d", "ROUTE")
		const put = "create ROUTE/000000000001.jsonl 0600; sync directory ROUTE; write ROUTE/000000000001.jsonl; sync ROUTE/000000000001.jsonl; "
		for _, order := range []string{
			put + "ack g",
			put + "submit g; accepted g; create ROUTE/progress.new 0600; write ROUTE/progress.new; sync ROUTE/progress.new; close ROUTE/progress.new; " +
				"rename ROUTE/progress.new ROUTE/progress; sync directory ROUTE",
			"create ROUTE/rejected.jsonl 0600; sync directory ROUTE; write ROUTE/rejected.jsonl; sync ROUTE/rejected.jsonl; ack x",
		} {
			rest := strings.Split(log, "\n")
			for step := range strings.SplitSeq(order, "; ") {
				at := slices.Index(rest, step)
				if at < 0 {
					t.Errorf("%q does not come where it belongs in the order %s:\n%s", step, order, log)
					break
				}
				rest = rest[at+1:]
			}
		}
		if strings.Contains(log, "write ROUTE/progress\n") {
			t.Errorf("the progress is written in place:\n%s", log)
		}
	})
}
