package drain

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"gearctl/commands/internal/pieces"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk/disktest"
)

// TestQueuesShareThePieces: jobs of queues that are drained at the same time are in one piece each, and all pieces but the last are
// about as large as they may be.
func TestQueuesShareThePieces(t *testing.T) {
	t.Parallel()
	const queues, jobs, limit = 32, 250, 2 << 10
	d := disktest.NewSim()
	a, _ := openRotating(t, d, "/p", pieces.Rotation{Size: limit}, utc)
	var wg sync.WaitGroup
	var sinks [queues]queueSink
	for n := range queues {
		q := testQueue(a)
		sinks[n] = q
		wg.Go(func() {
			for i := range jobs {
				j := wire.Job{Handle: []byte("H:h:1"), Unique: bytes.Repeat([]byte("k"), 20), Workload: fmt.Appendf(nil, "%d/%d", n, i)}
				q.observe(j)
				if err := q.add(j); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, q := range sinks {
		q.finish(&row{}, wire.Taken{Jobs: jobs, Acknowledged: jobs}, true)
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for n, path := range a.pieces.paths {
		payloads, _ := readPiece(t, d, path)
		for payload := range strings.FieldsSeq(payloads) {
			found[payload]++
		}
		if info, err := d.Stat(path); err != nil || n < len(a.pieces.paths)-1 && info.Size() < limit/2 {
			t.Errorf("%s, one of %d, has %d bytes", path, len(a.pieces.paths), info.Size())
		}
	}
	for n := range queues * jobs {
		if name := fmt.Sprintf("%d/%d", n/jobs, n%jobs); found[name] != 1 {
			t.Fatalf("job %s is in %d pieces", name, found[name])
		}
	}
}

// TestOneOfTwoQueuesBeginsAPiece: the other one, which found the piece full at the same time, adds to the new one.
func TestOneOfTwoQueuesBeginsAPiece(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	a, _ := openRotating(t, d, "/p", pieces.Rotation{Size: 1 << 10}, utc)
	q := testQueue(a)
	pass(t, q, wire.Job{Handle: []byte("H:h:1"), Workload: make([]byte, 600)})
	pass(t, q, wire.Job{Handle: []byte("H:h:2"), Workload: make([]byte, 50)})
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.next(&archive.Record{Queue: "q", Handle: "H:h:3", Data: make([]byte, 50)}); err != nil || a.piece.path != "/p-2" || a.pieces.n != 1 {
		t.Errorf("%d pieces are complete, and %s is written: %v", a.pieces.n, a.piece.path, err)
	}
}

// TestTheLastPieceSaysHowManyOfItsJobsAreOff: those of earlier pieces, which were acknowledged first, do not count.
func TestTheLastPieceSaysHowManyOfItsJobsAreOff(t *testing.T) {
	t.Parallel()
	for acknowledged, complete := range map[int64]bool{1: false, 2: false, 3: true} {
		d := disktest.NewSim()
		a, _ := openRotating(t, d, "/p", pieces.Rotation{Size: 1 << 10}, utc)
		q := testQueue(a)
		for _, size := range []int{600, 100, 100} {
			pass(t, q, wire.Job{Handle: []byte("H:h:1"), Workload: make([]byte, size)})
		}
		q.finish(&row{}, wire.Taken{Jobs: 3, Acknowledged: acknowledged, Released: 3 - acknowledged}, acknowledged == 3)
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		if _, end := readPiece(t, d, "/p-2"); end == nil || end.Records != 2 || end.Complete() != complete {
			t.Errorf("%d of 3 jobs were acknowledged, and the last piece ends with %+v", acknowledged, end)
		}
	}
}
