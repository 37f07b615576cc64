package modgearman

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseStatus(t *testing.T) {
	for _, tc := range []struct {
		name, answer string
		want         Status
	}{
		{
			"worker in C", "idX has 2 worker and is working on 1 jobs. Version: 5.2.4|worker=2;;;2;3 jobs=17c" + "\x00" + strings.Repeat("\xde", 65000),
			Status{From: FromWorker, InC: true, Name: "idX", Version: "5.2.4", Workers: 2, Running: 1, Min: 2, Max: 3, Jobs: 17},
		},
		{
			"worker named oddly", "my host has it has 20 worker and is working on 0 jobs. Version: 1.7|worker=20;;;1;20 jobs=0c",
			Status{From: FromWorker, Name: "my host has it", Version: "1.7", Workers: 20, Min: 1, Max: 20},
		},
		{
			"module", "0:OK - result worker running on mon.example.org. Sending 14.9 jobs/s (avg duration:0.040ms). Version: 5.2.4|" +
				"worker=3;;;0;3 avg_submit_duration=0.000040s;;;0;0.000429 jobs=2388c errors=1c",
			Status{From: FromModule, Name: "mon.example.org", Version: "5.2.4", Workers: 3, Max: 3, Jobs: 2388, Errors: 1},
		},
		{
			"proxy", "1:WARNING - proxy version v2.08 running. backlog contains 5 jobs.| 'backlog'=5;;; 'total_errors'=2c;;; 'total_jobs'=9c;;;",
			Status{From: FromProxy, Code: 1, Version: "v2.08", Jobs: 9, Errors: 2},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ParseStatus([]byte(tc.answer))
			if diff := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(Status{}, "Text", "Perf")); diff != "" || err != nil {
				t.Errorf("%v, -want +got\n%s", err, diff)
			}
		})
	}
	for _, not := range []string{"", "x", "a has b", "0:OK - fine", "hello world"} {
		if s, err := ParseStatus([]byte(not)); err == nil {
			t.Errorf("%q: got %+v, want an error", not, s)
		}
	}
}

func TestStatusAnswerRoundTrip(t *testing.T) {
	want := Status{From: FromWorker, Name: "w 1", Version: "0.9", Workers: 4, Running: 2, Min: 1, Max: 8, Jobs: 123456, Note: "left: a_b"}
	answer := want
	answer.Note = "left: a|b"
	got, err := ParseStatus([]byte(answer.Answer()))
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Status{}, "Text", "Perf")); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

func TestParsePerfdata(t *testing.T) {
	got := ParsePerfdata("a=1 'b c'=2.5MB;1;2;0;9 'it''s'=-3% noise d=1,5s e=1e3B =x 'open")
	want := []Metric{
		{Label: "a", Value: "1"},
		{"b c", "2.5", "MB", "1", "2", "0", "9"},
		{Label: "it's", Value: "-3", Unit: "%"},
		{Label: "d", Value: "1,5", Unit: "s"},
		{Label: "e", Value: "1e3", Unit: "B"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got[3].Number() != 1.5 || got[4].Number() != 1000 {
		t.Errorf("got %v and %v", got[3].Number(), got[4].Number())
	}
}
