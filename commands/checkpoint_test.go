package commands

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// TestADamagedCheckpoint gives replay files that are no checkpoint, or a damaged one: none is used, none is touched.
func TestADamagedCheckpoint(t *testing.T) {
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
		r := gearctl(t, "", "replay", jobs, "--checkpoint", path)
		if r.code != exitFailed || !strings.Contains(r.stderr, "checkpoint "+path+": "+want) || !strings.Contains(r.stderr, "hint: ") {
			t.Errorf("%s: exit code %d\n%s", text, r.code, r.stderr)
		}
		if b, _ := os.ReadFile(path); string(b) != text {
			t.Errorf("%s: it holds %q now", text, b)
		}
	}
}

// FuzzCheckpoint reads anything as a checkpoint: one that is taken can be used, and what is written is taken again.
func FuzzCheckpoint(f *testing.F) {
	f.Add([]byte(`{"v":1,"to":"gm2:4730","files":{"/a":{"first":"00ff","done":3,"sent":4000,"also":[[5,6],[9,9]]}}}`))
	f.Add([]byte(`{"v":1,"match":"host=x","files":{"/a":null}}`))
	f.Add([]byte(`{"v":1,"files":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &checkpoint{disk: &disktest.Disk{}, path: filepath.Join(t.TempDir(), "done")}
		if c.parse(b) != nil {
			return
		}
		for _, file := range c.Files {
			for line := range int64(5) {
				at := position{file, line + 1}
				at.maybe()
				if file.has(at.line) {
					continue
				}
				if line == 2 {
					c.left(at)
					continue
				}
				if err := c.accepted(at, time.Unix(line, 0)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := c.save(); err != nil {
			t.Fatal(err)
		}
		again, err := loadCheckpoint(disk.OS{}, c.path, c.Match, false)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		was, _ := json.Marshal(c)
		if is, _ := json.Marshal(again); string(is) != string(was) {
			t.Fatalf("written %s, read %s", was, is)
		}
	})
}
