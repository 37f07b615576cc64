package drain

import (
	"slices"
	"testing"
	"time"

	"gearctl/commands/internal/jobs"
	"gearctl/wire"
)

// listSink records the payloads that it is given.
type listSink struct {
	discard
	observed, added []string
}

func (s *listSink) observe(j wire.Job) { s.observed = append(s.observed, string(j.Workload)) }

func (s *listSink) add(j wire.Job) error {
	s.added = append(s.added, string(j.Workload))
	return nil
}

func TestTakerPassesSelectedJobsToTheSink(t *testing.T) {
	t.Parallel()
	payloads := []string{"a1", "b1", "a2", "b2", "a3"}
	for _, c := range []struct {
		name, match string
		max         int64
		added       []string
	}{
		{"without a filter", "", 0, payloads},
		{"--match", "payload=a*", 0, []string{"a1", "a2", "a3"}},
		{"--match with --max", "payload=a*", 2, []string{"a1", "a2"}},
		{"--match of nothing", "unique=x", 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink := &listSink{}
			k := &taker{o: &options{max: c.max}, sink: sink, filter: filterOf(t, c.match)}
			take := k.take("q", int64(len(payloads)))
			for _, p := range payloads {
				if err := take.Job(wire.Job{Function: []byte("q"), Workload: []byte(p)}); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(sink.added, c.added) {
				t.Errorf("added %q, want %q", sink.added, c.added)
			}
			if !slices.Equal(sink.observed, payloads) {
				t.Errorf("observed %q, want every job", sink.observed)
			}
			if want := int64(2 * len(c.added)); k.bytes != want {
				t.Errorf("%d bytes, want %d", k.bytes, want)
			}
			for i, p := range payloads {
				if c.match != "" && take.Acknowledge(int64(i)) != slices.Contains(c.added, p) {
					t.Errorf("job %s: acknowledged %v", p, take.Acknowledge(int64(i)))
				}
			}
		})
	}
}

func TestTakerHoldsTheQueueOnlyForAFilter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                 string
		o                    options
		match                string
		restore, immediately bool
		max                  int64
	}{
		{name: "a whole queue"},
		{name: "--max", o: options{max: 3}, immediately: true, max: 3},
		{name: "--follow", o: options{follow: true}, immediately: true},
		{name: "--for", o: options{duration: time.Second}, immediately: true},
		{name: "--match", match: "payload=a*", restore: true},
		{name: "--match with --max", o: options{max: 3}, match: "payload=a*", restore: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			take := (&taker{o: &c.o, sink: discard{}, filter: filterOf(t, c.match)}).take("q", 1)
			if take.Restore != c.restore || take.AckImmediately != c.immediately || take.Max != c.max {
				t.Errorf("restore %v, acknowledge immediately %v, max %d", take.Restore, take.AckImmediately, take.Max)
			}
			// Without Sync jobs would count as unwanted, and those that do not match are not.
			if safe := take.Sync != nil; safe != c.restore {
				t.Errorf("jobs are wanted: %v", safe)
			}
		})
	}
}

func filterOf(t *testing.T, match string) *jobs.Filter {
	t.Helper()
	if match == "" {
		return nil
	}
	f, err := jobs.NewFilter([]string{match}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}
