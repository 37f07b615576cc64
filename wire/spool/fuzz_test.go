package spool_test

import (
	"os"
	"path/filepath"
	"testing"

	"gearctl/wire/archive"
	"gearctl/wire/disk/disktest"
	"gearctl/wire/spool"
)

// FuzzQueue opens a queue whose files hold anything: what comes out is no more than what it says waits, and once all is
// done nothing comes out again.
func FuzzQueue(f *testing.F) {
	var lines []byte
	for _, r := range records(0, 3) {
		lines = archive.AppendRecord(lines, &r)
	}
	end := archive.AppendTrailer(nil, archive.Trailer{Records: 3, EndedAt: noon})
	for _, progress := range []string{"", `{"v":1,"segment":1,"done":1}`, `{"v":1,"segment":2,"done":0}`, `{"v":1,"segment":9223372036854775807,"done":1}`, `{"v":1,"segment":1,"done":99}`} {
		f.Add(lines, append(lines, end...), []byte(progress))
		f.Add(lines[:len(lines)-9], []byte("garbage\n\n\x00"), []byte(progress))
	}
	f.Fuzz(func(t *testing.T, first, second, progress []byte) {
		dir := t.TempDir()
		at := filepath.Join(dir, "route")
		os.Mkdir(at, 0o700)
		for name, b := range map[string][]byte{"000000000001.jsonl": first, "000000000002.jsonl": second, "progress": progress} {
			if err := os.WriteFile(filepath.Join(at, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for round := range 2 {
			d, err := spool.Open(disktest.NoSync{}, dir, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Leftovers(); err != nil {
				t.Fatal(err)
			}
			q, err := d.Queue("route", "a -> b")
			if err != nil {
				d.Close()
				return
			}
			taken := takeAny(t, q)
			if round == 1 && taken > 0 {
				t.Fatalf("all was done, and %d came out again", taken)
			}
			q.Done(int64(taken))
			if n, _ := q.Waiting(); n != 0 {
				t.Fatalf("%d were taken and done, and %d wait", taken, n)
			}
			d.Close()
		}
	})
}

// takeAny takes out what there is. A file that cannot be read ends it.
func takeAny(t *testing.T, q *spool.Queue) (n int) {
	t.Helper()
	for {
		list, err := q.Next()
		if err != nil {
			t.Skip(err)
		}
		if len(list) == 0 {
			return n
		}
		if n += len(list); n > manyJobs {
			t.Fatalf("%d jobs came out and there is no end", n)
		}
	}
}
