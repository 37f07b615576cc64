package jobs

import (
	"encoding/base64"
	"fmt"
	"testing"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

func TestPriorityByPosition(t *testing.T) {
	t.Parallel()
	p := &queuePriorities{high: 1, normal: 2, low: 1, highWater: 10}
	for _, c := range []struct {
		handle string
		want   wire.Priority
	}{
		{"H:h:5", wire.PriorityHigh},
		{"H:h:11", wire.PriorityUnknown}, // came after the counts were taken
		{"H:h:1", wire.PriorityNormal},
		{"H:h:2", wire.PriorityNormal},
		{"no handle", wire.PriorityUnknown},
		{"H:h:9", wire.PriorityLow},
		{"H:h:10", wire.PriorityUnknown}, // more than were counted
	} {
		if got := p.next([]byte(c.handle)); got != c.want {
			t.Errorf("%s: got %v, want %v", c.handle, got, c.want)
		}
	}
}

// TestPriorityByPositionWithGaps: on a server that hands out low jobs before jobs for later, a position between the high jobs
// and all that were counted as normal proves nothing, unless there are no normal or no low jobs.
func TestPriorityByPositionWithGaps(t *testing.T) {
	t.Parallel()
	const unknown, high, normal, low = wire.PriorityUnknown, wire.PriorityHigh, wire.PriorityNormal, wire.PriorityLow
	for _, c := range []struct {
		p    queuePriorities
		want []wire.Priority
	}{
		{queuePriorities{high: 1, normal: 2, low: 2}, []wire.Priority{high, unknown, unknown, low, low, unknown}},
		{queuePriorities{high: 1, normal: 2}, []wire.Priority{high, normal, normal, unknown}},
		{queuePriorities{high: 1, low: 2}, []wire.Priority{high, low, low, unknown}},
	} {
		c.p.gaps, c.p.highWater = true, 10
		for i, want := range c.want {
			if got := c.p.next([]byte("H:h:1")); got != want {
				t.Errorf("%+v: job %d: got %v, want %v", c.p, i, got, want)
			}
		}
	}
}

// TestPriorityOfHeldJobs: of all jobs that were held, the first are high and the last low, as many as were counted. A job
// for later that is due meanwhile is normal, wherever it comes.
func TestPriorityOfHeldJobs(t *testing.T) {
	t.Parallel()
	p := &queuePriorities{high: 1, normal: 3, low: 2, gaps: true, highWater: 10}
	p.assign([]uint64{5, 2, 9, 1})
	for number, want := range map[int]wire.Priority{
		5: wire.PriorityHigh, 2: wire.PriorityNormal, 9: wire.PriorityLow, 1: wire.PriorityLow, 3: wire.PriorityNormal, 11: wire.PriorityUnknown,
	} {
		if got := p.next(fmt.Appendf(nil, "H:h:%d", number)); got != want {
			t.Errorf("job %d: got %v, want %v", number, got, want)
		}
	}
}

func TestPriorityOfAnUnknownPositionIsThatOfTheKind(t *testing.T) {
	t.Parallel()
	check := []byte(base64.StdEncoding.EncodeToString([]byte("type=service\nresult_queue=r\nhost_name=h\nservice_description=s\ncore_time=1.0\ntimeout=1\ncommand_line=/bin/a\n\n\n")))
	key, err := modgearman.NewKey([]byte("a_key_of_a_test"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		byPosition wire.Priority
		keys       []modgearman.Key
		data       []byte
		want       wire.Priority
	}{
		{wire.PriorityHigh, []modgearman.Key{key}, check, wire.PriorityHigh},
		{wire.PriorityUnknown, []modgearman.Key{key}, check, modgearman.KindService.Priority(false)},
		{wire.PriorityUnknown, nil, check, wire.PriorityUnknown},
		{wire.PriorityUnknown, []modgearman.Key{key}, []byte("text"), wire.PriorityUnknown},
	} {
		f := NewPriorityFinder(&Source{}, "q", c.keys)
		if got := f.Find(c.byPosition, c.data); got != c.want {
			t.Errorf("%v, %d keys, %.10q: got %v, want %v", c.byPosition, len(c.keys), c.data, got, c.want)
		}
	}
}

func TestPriorityReport(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		order   *queuePriorities
		ignored int64
		whole   bool
	}{
		"q on gm1: could not determine the priority of 1 job, which becomes normal":                                                                                                                                                             {nil, 0, true},
		"q on gm1: could not determine the priority of 1 job, which becomes normal: the server has 2 cancelled jobs; to avoid this, first run: ":                                                                                                {nil, 2, true},
		"q on gm1: could not determine the priority of 1 job, which becomes normal|q on gm1: 3 jobs fewer than counted: they are for later, wait behind one that is, or were taken by others, and then the priorities of the rest may be wrong": {&queuePriorities{high: 3}, 0, true},
		"q on gm1: could not determine the priority of 1 job, which becomes normal: this server counts jobs for later as normal, and hands out low ones before them":                                                                            {&queuePriorities{normal: 1, low: 2, gaps: true}, 0, false},
	} {
		var log lines
		f := &PriorityFinder{order: c.order, ignored: c.ignored}
		f.Find(wire.PriorityUnknown, nil)
		f.Report(&log, "q", "gm1", c.whole)
		if got := string(log); len(got) < len(want) || got[:len(want)] != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// lines is a log of what a user is informed of, separated by |.
type lines string

func (l *lines) Info(format string, args ...any) {
	if *l != "" {
		*l += "|"
	}
	*l += lines(fmt.Sprintf(format, args...))
}
func (*lines) Verbose(string, ...any) {}
func (*lines) Warn(string, ...any)    {}
