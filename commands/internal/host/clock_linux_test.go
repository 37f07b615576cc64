package host

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestTheClockIsSynchronisedUnlessTheKernelDeniesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state  int
		status int32
		want   bool
	}{
		{unix.TIME_OK, 0, true},
		{unix.TIME_OK, unix.STA_UNSYNC, false},
		{unix.TIME_ERROR, 0, false},
	} {
		if got := isSynchronised(c.state, c.status); got != c.want {
			t.Errorf("state %d, status %d: got %v", c.state, c.status, got)
		}
	}
}
