package doctor

import (
	"io/fs"
	"testing"

	"golang.org/x/sys/unix"
)

func TestDoctorReadsTheClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state  int
		status int32
		err    error
		want   string
	}{
		{unix.TIME_OK, 0, nil, stateOK},
		{unix.TIME_OK, unix.STA_UNSYNC, nil, stateFinding},
		{unix.TIME_ERROR, 0, nil, stateFinding},
		{0, 0, fs.ErrPermission, stateUnknown},
	} {
		s := &section{}
		reportClock(s, isSynchronised(c.state, c.status), c.err)
		if len(s.rows) != 1 || s.rows[0].State != c.want {
			t.Errorf("%+v: got %s", c, ShowRows(s.rows))
		}
	}
}
