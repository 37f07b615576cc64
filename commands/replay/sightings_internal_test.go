package replay

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"gearctl/commands/internal/jobs"
	"gearctl/wire/archive"
)

// TestSightingsAreFoundAndSmall adds many, some with IDs that follow each other, as those of equal jobs on several servers do.
func TestSightingsAreFoundAndSmall(t *testing.T) {
	t.Parallel()
	const n = 100_000
	random := rand.New(rand.NewPCG(1, 2))
	idOf := make([]jobs.RecordID, n)
	var s sightings
	for i := range idOf {
		binary.LittleEndian.PutUint64(idOf[i][:], random.Uint64())
		binary.LittleEndian.PutUint64(idOf[i][8:], random.Uint64())
		if i%7 == 6 {
			idOf[i] = idOf[i-1]
			increment(&idOf[i])
		}
		if s.find(idOf[i]) != nil {
			t.Fatalf("%d is there before it is added", i)
		}
		s.add(sighting{id: idOf[i], drained: int64(i), origin: 1})
		if i%1000 == 0 {
			s.find(idOf[i/2]).handle = 5
		}
	}
	slots := 0
	for _, table := range s.tables {
		slots += len(table.slots)
	}
	for i, id := range idOf {
		v := s.find(id)
		if v == nil || v.drained != int64(i) {
			t.Fatalf("%d: found %+v", i, v)
		}
		if i%500 == 0 && i < n/2 && v.handle != 5 {
			t.Errorf("%d has lost what was changed", i)
		}
	}
	if size := slots * int(unsafe.Sizeof(sighting{})); size > 60*n {
		t.Errorf("%d sightings take %d bytes, want at most %d each", n, size, 60)
	}
}

// TestDuplicatesAreThoseOfAModel compares what is a duplicate with what a map of all records says, over archives that were
// complete, killed, or closed before their jobs were acknowledged, and were read in any order.
func TestDuplicatesAreThoseOfAModel(t *testing.T) {
	t.Parallel()
	again := 0
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 3))
		d, m := newDuplicates(), &model{seen: map[string]*sighted{}}
		sections := 2 + random.IntN(3)
		for range sections {
			d.complete = append(d.complete, random.IntN(3) == 0)
			d.pending = append(d.pending, random.IntN(3) == 0)
		}
		order := random.Perm(sections)
		d.last, d.unknown = order[sections-1], random.IntN(5) == 0
		m.d = d
		for _, section := range order {
			for range 40 {
				r := &archive.Record{
					Server: fmt.Sprintf("host%d:4730", random.IntN(3)), Queue: "q", Handle: fmt.Sprintf("H:h:%d", random.IntN(4)),
					Unique: fmt.Sprintf("u%d", random.IntN(12)), DrainedAt: time.Unix(int64(random.IntN(5)), 0),
				}
				want := m.again(r, section)
				if got := d.again(r, section); got != want {
					t.Fatalf("seed %d: %+v in section %d of %v: %v, want %v", seed, r, section, order, got, want)
				} else if got {
					again++
				}
			}
		}
	}
	if again < 1000 {
		t.Errorf("only %d were duplicates: the test tries too little", again)
	}
}

// model keeps every record as it is.
type model struct {
	d    *duplicates // complete and pending
	seen map[string]*sighted
}

type sighted struct {
	record  *archive.Record
	section int
}

func (m *model) again(r *archive.Record, section int) bool {
	for n := 0; ; n++ { // equal jobs of other servers
		key := fmt.Sprint(r.Unique, "/", n)
		before := m.seen[key]
		if before == nil {
			m.seen[key] = &sighted{r, section}
			return false
		}
		if before.record.Server == r.Server || before.record.Handle == r.Handle {
			return m.judge(key, *before, sighted{r, section})
		}
	}
}

func (m *model) judge(key string, before, now sighted) bool {
	earlier := before.section
	switch {
	case before.section == now.section:
		return false
	case before.record.DrainedAt.Equal(now.record.DrainedAt):
		return true
	case now.record.DrainedAt.Before(before.record.DrainedAt):
		earlier = now.section
	default:
		m.seen[key] = &now
	}
	switch {
	case m.d.complete[earlier]:
		return false
	case m.d.pending[earlier]:
		return before.record.Handle == now.record.Handle
	}
	return true
}

// TestTheLastSectionIsTheOneThatIsReadLast: archives of the checkpoint are read first, wherever they stand on the command line.
func TestTheLastSectionIsTheOneThatIsReadLast(t *testing.T) {
	t.Parallel()
	var paths []string
	for _, name := range []string{"a", "b"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, archive.AppendRecord(nil, &archive.Record{Queue: "q"}), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for last, known := range map[int]string{0: paths[1], 1: paths[0]} {
		s := &source{done: &checkpoint{Files: map[string]*progress{known: {}}}}
		s.scanAll(t.Context(), paths)
		if s.duplicates.last != last {
			t.Errorf("%s is read first: section %d is the last, want %d", filepath.Base(known), s.duplicates.last, last)
		}
	}
}
