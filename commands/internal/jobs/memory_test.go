package jobs

import (
	"testing"

	"gearctl/wire"
)

// TestAMemoryTellsJobsApart by handle, unique key and payload, and by where one ends and the next begins.
func TestAMemoryTellsJobsApart(t *testing.T) {
	t.Parallel()
	m := NewMemory()
	job := func(handle, unique, data string) wire.Job {
		return wire.Job{Handle: []byte(handle), Unique: []byte(unique), Workload: []byte(data)}
	}
	m.Add([]uint64{m.Digest(job("H:a:1", "key", "data"))})
	if !m.Has(m.Digest(job("H:a:1", "key", "data"))) {
		t.Error("the job is not remembered")
	}
	for _, other := range []wire.Job{job("H:a:2", "key", "data"), job("H:a:1", "kez", "data"), job("H:a:1", "key", "datb"), job("H:a:1", "keyd", "ata"), job("H:a:1k", "ey", "data")} {
		if m.Has(m.Digest(other)) {
			t.Errorf("%s %s %s is taken for another job", other.Handle, other.Unique, other.Workload)
		}
	}
}

// TestAMemoryForgetsTheOldest: at least the last half of what it may hold is remembered, and never more than all of that.
func TestAMemoryForgetsTheOldest(t *testing.T) {
	t.Parallel()
	m := NewMemory()
	m.max = 10
	for n := range uint64(1000) {
		m.Add([]uint64{n})
		for back := range uint64(10) {
			if back <= n && !m.Has(n-back) {
				t.Fatalf("of %d jobs, number %d is forgotten", n, n-back)
			}
		}
		if held := len(m.recent) + len(m.older); held > 20 || n >= 20 && m.Has(n-20) {
			t.Fatalf("it holds %d", held)
		}
	}
}
