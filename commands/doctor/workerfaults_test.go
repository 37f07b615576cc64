package doctor

import (
	"context"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestDoctorKnowsWhatWorkersDoToAServer: by its release, and by what is seen of its workers.
func TestDoctorKnowsWhatWorkersDoToAServer(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"1.1.20+ds": "",
		"1.1.22":    "",
		"2.0.0":     "gearmand 2.0.0: 1 connection serves several queues, such as one from 127.0.0.1 (",
		"2.1":       "gearmand 2.1: 1 connection serves several queues",
		"what":      "",
	} {
		addr := servertest.OfVersion(t, version)
		servertest.ServeAnswers(t, addr, "", "a", "b")
		servertest.ServeAnswers(t, addr, "", "c")
		f, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, queryServer(time.Now))
		if err != nil {
			t.Fatal(err)
		}
		s := &section{}
		new(inspection).reportWorkerFaults(s, f)
		if !strings.Contains(ShowRows(s.rows), want) || (len(s.rows) == 1) != (want != "") {
			t.Errorf("%s: want %q in\n%s", version, want, ShowRows(s.rows))
		}
	}
}

func TestDoctorSeesACountThatRanBelowZero(t *testing.T) {
	t.Parallel()
	bad := servertest.StartBad(t, servertest.AnsweringLines(map[string]string{"status": "host\t4\t4294967295\t1\nb\t3\t3\t1\nc\t4294967295\t0\t0\n.\n", "version": "OK 1.1.20\n"}))
	f, err := wire.WithConn(context.Background(), new(wire.Dialer), bad, queryServer(time.Now))
	if err != nil {
		t.Fatal(err)
	}
	s := &section{}
	new(inspection).reportWorkerFaults(s, f)
	if got := f.total(); got != 7 {
		t.Errorf("%d jobs on the server, want 7", got)
	}
	if len(s.rows) < 1 || !strings.Contains(s.rows[0].Finding, "line 1 of its status: more jobs running (4294967295)") {
		t.Error(ShowRows(s.rows))
	}
}
