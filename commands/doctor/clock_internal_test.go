package doctor

import (
	"io/fs"
	"testing"
)

func TestDoctorReadsTheClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		synchronised bool
		err          error
		want         string
	}{
		{true, nil, stateOK},
		{false, nil, stateFinding},
		{false, fs.ErrPermission, stateUnknown},
	} {
		s := &section{}
		reportClock(s, c.synchronised, c.err)
		if len(s.rows) != 1 || s.rows[0].State != c.want {
			t.Errorf("%+v: got %s", c, ShowRows(s.rows))
		}
	}
}
