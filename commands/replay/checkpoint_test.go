package replay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/wire/archive"
)

// TestADamagedCheckpoint gives replay files that are no checkpoint, or a damaged one: none is used, none is touched.
func TestADamagedCheckpoint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"v":1,"files":{"/a":null}}`:                            "damaged",
		`{"v":1,"files":{"/a":{"done":-1}}}`:                     "damaged",
		`{"v":1,"files":{"/a":{"done":9,"also":[[5,6]]}}}`:       "damaged",
		`{"v":1,"files":{"/a":{"done":1,"also":[[7,6]]}}}`:       "damaged",
		`{"v":1,"files":{"/a":{"done":1,"also":[[5,6],[6,7]]}}}`: "damaged",
		`{"v":1,"files":{"/a":{"done":1,"sent":-3}}}`:            "damaged",
		`{"v":2,"files":{}}`:                                     "not a checkpoint",
		`{"v":1}`:                                                "not a checkpoint",
		`null`:                                                   "not a checkpoint",
		`{"v":1,"files":{"/a":{"done":9223372036854775808}}}`:    "not a checkpoint",
		"\x00\x00\x00\x00":                                       "not a checkpoint",
		`{"v":1,"server":"s:1","queue":"q","handle":"h","unique":"","data":""}`: "not a checkpoint",
	} {
		dir := t.TempDir()
		path, jobs := filepath.Join(dir, "done"), filepath.Join(dir, "jobs")
		os.WriteFile(path, []byte(text), 0o600)
		os.WriteFile(jobs, archive.AppendRecord(nil, &archive.Record{Queue: "q", Data: []byte("x")}), 0o600)
		r := commandtest.Gearctl(t, "", "replay", jobs, "--checkpoint", path)
		if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, "checkpoint "+path+": "+want) || !strings.Contains(r.Stderr, "hint: ") {
			t.Errorf("%s: exit code %d\n%s", text, r.Code, r.Stderr)
		}
		if b, _ := os.ReadFile(path); string(b) != text {
			t.Errorf("%s: it holds %q now", text, b)
		}
	}
}
