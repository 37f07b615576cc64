package spool_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"gearctl/wire/disk/disktest"
)

// orderOfASpool is the log of firstProcess. REPLACE F means that F is written under another name, synced and renamed, and
// then its directory is synced; a number is a segment of queue a.
const orderOfASpool = `
mkdir /s 0700 | sync directory / | sync directory / | create /s/lock 0600 | lock /s/lock
mkdir /s/a 0700 | sync directory /s | sync directory /s | REPLACE /s/a/route
mkdir /s/b 0700 | sync directory /s | sync directory /s | REPLACE /s/b/route
putting a1 | create 1 0600 | lock 1 | sync directory /s/a | write 1 | sync 1 | put a1
putting a2 | write 1 | sync 1 | put a2
putting b3 | create /s/b/1 0600 | lock /s/b/1 | sync directory /s/b | write /s/b/1 | sync /s/b/1 | put b3
done a1 | REPLACE /s/a/progress
putting a5 | write 1 | sync 1 | close 1 | create 2 0600 | lock 2 | sync directory /s/a | write 2 | sync 2 | put a5
done a2 | remove 1 | REPLACE /s/a/progress | saved
create /s/a/rejected.jsonl 0600 | lock /s/a/rejected.jsonl | sync directory /s/a | write /s/a/rejected.jsonl | sync /s/a/rejected.jsonl | rejected a5
done a5
putting a6 | write 2 | sync 2 | put a6
done a6 | REPLACE /s/a/progress
putting a7 | write 2 | sync 2 | close 2 | remove 2 | create 3 0600 | lock 3 | sync directory /s/a | write 3 | sync 3 | put a7
write 3 | sync 3 | close 3 | write /s/a/rejected.jsonl | sync /s/a/rejected.jsonl | close /s/a/rejected.jsonl | REPLACE /s/a/progress
write /s/b/1 | sync /s/b/1 | close /s/b/1 | REPLACE /s/b/progress
close /s/lock | saved
`

// TestTheOrderOfASpool: jobs are put once their segment and its name are synced, and progress is replaced, never written in
// place, and synced before its rename, and its directory after it. A segment that is done is removed before the progress
// says so: a crash in between finds none of its jobs, and the lock is held to the end.
func TestTheOrderOfASpool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := disktest.NewSim()
		if err := firstProcess(d); err != nil {
			t.Fatal(err)
		}
		var want []string
		for step := range strings.FieldsFuncSeq(orderOfASpool, func(r rune) bool { return r == '|' || r == '\n' }) {
			step = strings.TrimSpace(step)
			if path, is := strings.CutPrefix(step, "REPLACE "); is {
				dir := path[:strings.LastIndexByte(path, '/')]
				for _, s := range []string{"create T 0600", "write T", "chmod T 0600", "sync T", "close T", "rename T " + path, "sync directory " + dir} {
					want = append(want, strings.Replace(s, "T", path+".new", 1))
				}
			} else if step != "" {
				want = append(want, step)
			}
		}
		short := strings.NewReplacer("/s/a/00000000000", "", "/s/b/00000000000", "/s/b/", "1.jsonl", "1", "2.jsonl", "2", "3.jsonl", "3")
		got := d.Log()
		for i := range max(len(got), len(want)) {
			g, w := "the end", "the end"
			if i < len(got) {
				g = short.Replace(got[i])
			}
			if i < len(want) {
				w = want[i]
			}
			if g != w {
				t.Fatalf("step %d is %q, want %q", i+1, g, w)
			}
		}
	})
}
