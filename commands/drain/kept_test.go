package drain_test

import (
	"path/filepath"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestJobsThatTheServerKeepsAreNotDrained: a gearmand whose store has failed confirms that jobs are removed, and keeps
// them. The count is what is gone from the server.
func TestJobsThatTheServerKeepsAreNotDrained(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		jobs int
		line []string
		kept string
	}{
		"one job":          {1, nil, "1 job that was"},
		"a queue":          {5, nil, "5 jobs that were"},
		"more than 1,000":  {1500, nil, "1,500 jobs that were"},
		"as they come":     {5, []string{"--max", "3"}, "3 jobs that were"},
		"those that match": {5, []string{"--match", "queue=q"}, "5 jobs that were"},
		"into an archive":  {5, []string{"--to", filepath.Join(t.TempDir(), "jobs")}, "5 jobs that were"},
		"following":        {5, []string{"--follow", "--max", "5"}, "5 jobs that were"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := servertest.Embedded(t)
			commandtest.FillQueue(t, server, "q", c.jobs)
			via := servertest.ServerKeepingJobs(t, server)
			r := commandtest.Gearctl(t, "", append([]string{"-s", via, "-o", "jsonl", "drain", "q", "--yes"}, c.line...)...)
			commandtest.WantMatch(t, r, commandtest.ExitFailed, `"drained":0,`, "still has "+c.kept+" acknowledged(?s:.*)hint: .*store.*gearctl -s "+via+" doctor")
			if q := servertest.Queue(t, server, "q"); q.Waiting() != int64(c.jobs) {
				t.Errorf("%d jobs wait", q.Waiting())
			}
		})
	}
}

// TestAnArchiveOfKeptJobsIsReplayedOnceWithTheNext: the jobs that a failed store kept are in the next archive, too, under
// the same handles.
func TestAnArchiveOfKeptJobsIsReplayedOnceWithTheNext(t *testing.T) {
	t.Parallel()
	server, dir := servertest.Embedded(t), t.TempDir()
	commandtest.FillQueue(t, server, "q", 5)
	via, replay := servertest.ServerKeepingJobs(t, server), []string{"-s", servertest.Embedded(t), "replay", "-o", "template={{.submitted}}"}
	for _, name := range []string{"first", "next"} {
		path := filepath.Join(dir, name)
		commandtest.Gearctl(t, "", "-s", via, "drain", "q", "--yes", "--to", path)
		replay = append(replay, path)
	}
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", replay...), commandtest.ExitOK, "^5\n$", "")
}
