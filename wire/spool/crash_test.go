package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/wire/archive"
	"gearctl/wire/disk/disktest"
	"gearctl/wire/spool"
)

// process is a use of a spool with two queues, "a" and "b". It notes what is promised: "put a1" for job 1 that is safe in
// queue a, "done a1", "rejected a1", and "saved" for that all done so far stay done.
type process struct {
	disk *disktest.Sim
	dir  *spool.Dir
	q    map[string]*spool.Queue
	err  error
}

// start opens the spool, whose segments are limited to 64 KiB.
func start(d *disktest.Sim) *process {
	p := &process{disk: d, q: map[string]*spool.Queue{}}
	if p.dir, p.err = spool.Open(d, "/s", 1<<20); p.err != nil {
		return p
	}
	for _, name := range []string{"a", "b"} {
		q, err := p.dir.Queue(name, name+" -> c")
		p.q[name], p.err = q, errors.Join(p.err, err)
	}
	return p
}

func (p *process) fail(err error) { p.err = errors.Join(p.err, err) }

// job returns a job, which takes more than a segment if its number is even.
func job(n int) archive.Record {
	r := records(n, n+1)[0]
	r.Data = fmt.Appendf(nil, "%d ", n)
	if n%2 == 0 {
		r.Data = append(r.Data, bytes.Repeat([]byte("x"), 50_000)...)
	}
	return r
}

func (p *process) put(queue string, n int) {
	p.disk.Note(fmt.Sprintf("putting %s%d", queue, n))
	p.fail(p.q[queue].Put([]archive.Record{job(n)}))
	p.disk.Note(fmt.Sprintf("put %s%d", queue, n))
}

// next returns the numbers of the next jobs.
func (p *process) next(queue string) (numbers []string) {
	list, err := p.q[queue].Next()
	p.fail(err)
	for _, r := range list {
		numbers = append(numbers, numberOf(r))
	}
	return numbers
}

func (p *process) done(queue string, numbers ...string) {
	for _, n := range numbers {
		p.disk.Note("done " + queue + n)
	}
	p.q[queue].Done(int64(len(numbers)))
}

func (p *process) reject(queue string, n int) {
	p.fail(p.q[queue].Reject([]archive.Record{job(n)}))
	p.disk.Note(fmt.Sprintf("rejected %s%d", queue, n))
}

func (p *process) save() {
	for _, name := range []string{"a", "b"} {
		p.fail(p.q[name].Save())
	}
	p.disk.Note("saved")
}

func (p *process) close() error {
	if p.dir != nil {
		p.fail(p.dir.Close())
	}
	if p.err == nil {
		p.disk.Note("saved")
	}
	return p.err
}

// firstProcess puts, takes, rejects and finishes jobs, with two changes of the segment.
func firstProcess(d *disktest.Sim) error {
	p := start(d)
	if p.err != nil {
		return p.err
	}
	p.put("a", 1)
	p.put("a", 2)
	p.put("b", 3)
	taken := p.next("a")
	p.done("a", taken[:1]...)
	p.put("a", 5) // a new segment
	p.done("a", taken[1:]...)
	p.save()
	p.reject("a", 5)
	p.done("a", p.next("a")...)
	time.Sleep(200 * time.Millisecond)
	p.put("a", 6)
	p.done("a", p.next("a")...)
	p.put("a", 7) // a third
	return p.close()
}

// promised is what the notes promise of a queue.
type promised struct {
	attempted, waiting, finished, rejected []string
}

func promises(notes []string, queue string) (p promised) {
	var done []string
	for _, note := range notes {
		what, job, _ := strings.Cut(note, " ")
		n, ours := strings.CutPrefix(job, queue)
		switch {
		case what == "saved":
			p.finished = append(p.finished, done...)
		case !ours:
		case what == "putting":
			p.attempted = append(p.attempted, n)
		case what == "put":
			p.waiting = append(p.waiting, n)
		case what == "rejected":
			p.rejected = append(p.rejected, n)
		case what == "done":
			done = append(done, n)
			p.waiting = slices.DeleteFunc(p.waiting, func(other string) bool { return other == n })
		}
	}
	return p
}

// check takes all jobs out of a queue, and finishes them.
func (p *process) check(queue string, want promised) {
	var got []string
	for {
		list := p.next(queue)
		if got = append(got, list...); len(list) == 0 {
			break
		}
	}
	for _, n := range want.waiting {
		if !slices.Contains(got, n) {
			p.fail(fmt.Errorf("job %s%s was put and not done, and only %v come out", queue, n, got))
		}
	}
	for i, n := range got {
		if slices.Contains(want.finished, n) {
			p.fail(fmt.Errorf("job %s%s was done, which was saved, and it comes out again", queue, n))
		}
		if at := slices.Index(want.attempted, n); at < 0 || i > 0 && slices.Index(want.attempted, got[i-1]) >= at {
			p.fail(fmt.Errorf("queue %s: %v come out, and %v were put", queue, got, want.attempted))
		}
	}
	var kept []string
	r, err := archive.Open(p.disk, p.q[queue].RejectedPath())
	for err == nil {
		var rec *archive.Record
		if rec, err = r.Next(); err == nil {
			kept = append(kept, numberOf(*rec))
		}
	}
	for _, n := range want.rejected {
		if !slices.Contains(kept, n) {
			p.fail(fmt.Errorf("job %s%s was rejected, and only %v are kept: %w", queue, n, kept, err))
		}
	}
	if n := p.q[queue].Damaged(); n > 0 {
		p.fail(fmt.Errorf("queue %s: %d records are damaged, though each Put is synced", queue, n))
	}
	if n, _ := p.q[queue].Waiting(); n != int64(len(got)) {
		p.fail(fmt.Errorf("queue %s: %d jobs came out, and %d wait", queue, len(got), n))
	}
	p.done(queue, got...)
}

// TestACrashLosesNoJobOfASpool loses power at every point of using a spool, and of the next use, which takes out what is
// there, and puts and rejects more: what was put comes out unless it was done, and what was done does not come out again once
// that was saved; rejected jobs are kept.
func TestACrashLosesNoJobOfASpool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := disktest.NewSim()
		if err := firstProcess(d); err != nil {
			t.Fatal(err)
		}
		first, second := disktest.Survive(t, d, func(d *disktest.Sim, c disktest.Crash) error {
			p := start(d)
			if p.err == nil {
				p.check("a", promises(c.Notes(), "a"))
				p.check("b", promises(c.Notes(), "b"))
				p.put("a", 99+2*strings.Count(strings.Join(c.Notes(), " "), "putting"))
			}
			return p.close()
		})
		t.Logf("%+v, second crash %+v", first, second)
	})
}

// TestADoneSegmentThatACrashBroughtBack: its removal may be lost where the progress that came after it is not.
func TestADoneSegmentThatACrashBroughtBack(t *testing.T) {
	var segment []byte
	for _, r := range records(1, 3) {
		segment = archive.AppendRecord(segment, &r)
	}
	d := disktest.NewSim()
	d.WriteFile("/s/a/000000000001.jsonl", segment, 0o600)
	d.WriteFile("/s/a/progress", []byte(`{"v":1,"segment":2,"done":0}`), 0o600)
	p := start(d)
	if got := p.next("a"); len(got) > 0 {
		t.Errorf("segment 1 is done, and from it come %v", got)
	}
	p.put("a", 5)
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stat("/s/a/000000000001.jsonl"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("segment 1 is done, and its file: %v", err)
	}
	if _, err := d.Stat("/s/a/000000000003.jsonl"); err != nil {
		t.Errorf("the progress knows segment 2, and the next one: %v", err)
	}
}
