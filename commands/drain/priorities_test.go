package drain_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/jobserver"
)

// TestAnArchiveHasNoWrongPriority: from gearmand 2.0.0, low jobs are handed out before jobs for later, which are counted as
// normal. An archive is written while jobs come, and has no priority where their order proves none.
func TestAnArchiveHasNoWrongPriority(t *testing.T) {
	t.Parallel()
	servertest.EachRelease(t, func(t *testing.T, addr string, release jobserver.Release) {
		for _, c := range []struct{ payload, flags string }{
			{"later", "--at +1h"}, {"low", "--priority low"}, {"low", "--priority low"}, {"low", "--priority low"}, {"normal", ""}, {"high", "--priority high"},
		} {
			r := commandtest.Gearctl(t, "", append([]string{"-s", addr, "submit", "-b", "q", c.payload}, strings.Fields(c.flags)...)...)
			if r.Code != 0 {
				t.Fatal(r.Stderr)
			}
		}
		path := filepath.Join(t.TempDir(), "jobs.jsonl")
		r := commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--to", path, "--yes")
		commandtest.WantMatch(t, r, commandtest.ExitOK, "", "fewer than counted: they are for later")
		got := ""
		f, err := archive.Open(disk.OS{}, path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for record, err := f.Next(); err != io.EOF; record, err = f.Next() {
			if err != nil {
				t.Fatal(err)
			}
			got += string(record.Data) + ":" + record.Priority.String() + " "
		}
		want := map[jobserver.Release]string{
			jobserver.Release11: "high:high normal:normal ",
			jobserver.Release20: "high:high normal: low: low:low low:low ",
		}[release]
		if got != want {
			t.Errorf("jobs and priorities in the archive: got %q, want %q", got, want)
		}
	})
}
