package replay

import (
	"encoding/json"
	"testing"
	"time"

	"gearctl/wire/disk/disktest"
)

// FuzzCheckpoint reads anything as a checkpoint: one that is taken can be used, and what is written is taken again.
func FuzzCheckpoint(f *testing.F) {
	f.Add([]byte(`{"v":1,"to":"gm2:4730","files":{"/a":{"first":"00ff","done":3,"sent":4000,"also":[[5,6],[9,9]]}}}`))
	f.Add([]byte(`{"v":1,"match":"host=x","files":{"/a":null}}`))
	f.Add([]byte(`{"v":1,"files":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &checkpoint{disk: disktest.NewSim(), path: "/done"}
		if c.parse(b) != nil {
			return
		}
		for _, file := range c.Files {
			for line := range int64(5) {
				at := position{file, line + 1}
				at.maybeSubmitted()
				if file.has(at.line) {
					continue
				}
				if line == 2 {
					c.skip(at)
					continue
				}
				if err := c.markDone(at, time.Unix(line, 0)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := c.save(); err != nil {
			t.Fatal(err)
		}
		again, err := loadCheckpoint(c.disk, c.path, c.Match, false)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		was, _ := json.Marshal(c)
		if is, _ := json.Marshal(again); string(is) != string(was) {
			t.Fatalf("written %s, read %s", was, is)
		}
	})
}
