package drain_test

import (
	"os"
	"path/filepath"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestACutCompressedArchive: nothing can be appended to it. The command lines of the hints drain to another file, and
// restore what both have.
func TestACutCompressedArchive(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{".gz", ".zst"} {
		t.Run(suffix, func(t *testing.T) {
			t.Parallel()
			cutCompressed(t, suffix)
		})
	}
}

func cutCompressed(t *testing.T, suffix string) {
	server, path := servertest.Embedded(t), filepath.Join(t.TempDir(), "jobs.jsonl"+suffix)
	other := filepath.Join(filepath.Dir(path), "jobs-3.jsonl"+suffix)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "jobs-2.jsonl"+suffix), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	commandtest.FillQueue(t, server, "q", 5)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", server, "drain", "q", "--yes", "--to", path), commandtest.ExitOK)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-8); err != nil { // the checksum
		t.Fatal(err)
	}
	commandtest.FillQueue(t, server, "q", 2)
	r := commandtest.Gearctl(t, "", "-s", server, "drain", "q", "--yes", "--to", path, "--append")
	commandtest.WantRun(t, r, commandtest.ExitFailed,
		"hint: drain to another file: gearctl -s "+server+" drain --yes --to="+other+" q\n",
		"to restore those of both files: gearctl -s "+server+" replay "+path+" "+other+"\n")
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", server, "drain", "--yes", "--to="+other, "q"), commandtest.ExitOK)
	r = commandtest.Gearctl(t, "", "-s", server, "replay", path, other, "-o", "template={{.submitted}}")
	commandtest.WantMatch(t, r, commandtest.ExitOK, "^7\n$", "incomplete archive")
}
