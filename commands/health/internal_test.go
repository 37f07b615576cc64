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
