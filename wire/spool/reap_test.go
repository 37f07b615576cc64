package spool_test

import (
	"bytes"
	"io/fs"
	"os"
	"strings"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
	"gearctl/wire/spool"
)

// doneWhileRead is a file system that calls done, once, when a segment has been opened for reading.
type doneWhileRead struct {
	disk.FS
	done func()
}

func (d *doneWhileRead) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	f, err := d.FS.Open(path, flags, mode)
	if flags == os.O_RDONLY && strings.HasSuffix(path, ".jsonl") && d.done != nil {
		done := d.done
		d.done = nil
		done()
	}
	return f, err
}

// TestASegmentIsDoneWhileItIsRead: the last jobs of a segment are delivered while Next looks for more of them in its file.
// The file must stay until Next has seen its end, or that of the next segment is confused with it.
func TestASegmentIsDoneWhileItIsRead(t *testing.T) {
	t.Parallel()
	d := &doneWhileRead{FS: disktest.NewSim()}
	dir, err := spool.Open(d, "/s", 4<<20)
	if err != nil {
		t.Fatal(err)
	}
	q, err := dir.Queue("route", "a -> b")
	if err != nil {
		t.Fatal(err)
	}
	first, second := records(0, 3), records(3, 6)
	for i := range first { // more than a segment, and together with the second more than is kept in memory
		first[i].Data = append([]byte{'0' + byte(i), ' '}, bytes.Repeat([]byte("x"), 200_000)...)
		second[i].Data = append([]byte{'3' + byte(i), ' '}, bytes.Repeat([]byte("x"), 200_000)...)
	}
	if err := q.Put(first); err != nil {
		t.Fatal(err)
	}
	if err := q.Put(second); err != nil {
		t.Fatal(err)
	}
	list, err := q.Next()
	if err != nil || len(list) != 3 {
		t.Fatalf("%d jobs come out of memory, %v", len(list), err)
	}
	d.done = func() { q.Done(3) }
	var got string
	for len(got) < 10 {
		list, err := q.Next()
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, r := range list {
			got += numberOf(r)
		}
	}
	if d.done != nil || got != "345" {
		t.Errorf("after the jobs 0, 1 and 2 there come out %q, want 345", got)
	}
	q.Done(3)
	if n, _ := q.Waiting(); n != 0 {
		t.Errorf("%d jobs wait after all were done", n)
	}
	if err := dir.Close(); err != nil {
		t.Error(err)
	}
}
