package health

import (
	"testing"
	"time"

	"gearctl/commands/internal/nagios"
	"gearctl/wire"
)

func TestWorstStateWins(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ a, b, want int }{
		{nagios.StateOK, nagios.StateUnknown, nagios.StateUnknown},
		{nagios.StateUnknown, nagios.StateWarning, nagios.StateWarning},
		{nagios.StateWarning, nagios.StateCritical, nagios.StateCritical},
		{nagios.StateCritical, nagios.StateUnknown, nagios.StateCritical},
		{nagios.StateOK, nagios.StateOK, nagios.StateOK},
	} {
		if got := worse(tt.a, tt.b); got != tt.want || worse(tt.b, tt.a) != tt.want {
			t.Errorf("worse(%d, %d) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestStalledExtendsTheDefaultTimeout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		timeout, stalled time.Duration
		given            bool
		want             time.Duration
	}{
		{wire.DefaultTimeout, 30 * time.Second, false, 35 * time.Second},
		{wire.DefaultTimeout, 2 * time.Second, false, wire.DefaultTimeout},
		{40 * time.Second, 30 * time.Second, true, 40 * time.Second},
	} {
		o := &options{stalled: tt.stalled}
		if err := o.setTotal(tt.timeout, tt.given); err != nil || o.total != tt.want {
			t.Errorf("%v in %v: total %v, %v", tt.stalled, tt.timeout, o.total, err)
		}
	}
}

// TestAQueueMovesWhenItHasFewerJobsThanInTheSampleBefore, not than in the first: jobs may have arrived in between.
func TestAQueueMovesWhenItHasFewerJobsThanInTheSampleBefore(t *testing.T) {
	t.Parallel()
	q := stalledQueue{first: wire.FunctionStatus{Total: 5}, last: wire.FunctionStatus{Total: 9}}
	for total, want := range map[int64]bool{4: true, 5: true, 8: true, 9: false, 10: false} {
		if got := q.moves(&wire.FunctionStatus{Total: total}); got != want {
			t.Errorf("from 5 over 9 to %d jobs: moves %v", total, got)
		}
	}
}
