package jobs

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

func TestFilterMatchesAllFieldsAndAnyGlobOfEach(t *testing.T) {
	t.Parallel()
	job := base64.StdEncoding.EncodeToString([]byte("type=service\nresult_queue=r\nhost_name=web1\nservice_description=disk\ncore_time=1000.0\ntimeout=1\ncommand_line=/bin/a\n\n\n"))
	now := time.Unix(2000, 0)
	for _, c := range []struct {
		match string
		older time.Duration
		want  bool
	}{
		{"host=web*", 0, true},
		{"host=db* host=web?", 0, true},
		{"host=web* service=load", 0, false},
		{"host=web* service=load service=d*", 0, true},
		{"type=service result_queue=r command=/bin/*", 0, true},
		{"queue=service unique=k", 0, true},
		{"queue=host", 0, false},
		{"payload=*", 0, true},
		{"", 999 * time.Second, true},
		{"", 1001 * time.Second, false},
		{"host=WEB1", 0, false},
	} {
		var before time.Time
		if c.older > 0 {
			before = now.Add(-c.older)
		}
		f, err := NewFilter(strings.Fields(c.match), before)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Matches("service", "k", []byte(job)); got != c.want {
			t.Errorf("%q, %v: got %v", c.match, c.older, got)
		}
	}
}

func TestFilterSaysWhyAJobIsLeft(t *testing.T) {
	t.Parallel()
	const due = 1000
	job := base64.StdEncoding.EncodeToString([]byte("type=service\nresult_queue=r\nhost_name=web1\nservice_description=disk\ncore_time=1000.0\ntimeout=1\ncommand_line=/bin/a\n\n\n"))
	ageless := base64.StdEncoding.EncodeToString([]byte("type=service\nresult_queue=r\nhost_name=web1\nservice_description=disk\ntimeout=1\ncommand_line=/bin/a\n\n\n"))
	for _, c := range []struct {
		match     string
		before    int64
		data      string
		want      Verdict
		undecoded bool
	}{
		{"host=web1", due, job, Match, false},
		{"host=web1", due - 1, job, TooYoung, false},
		{"host=web1", due, ageless, TooYoung, false}, // it does not say when it was due
		{"host=db1", due - 1, job, noMatch, false},
		{"host=*", due, "text", Undecodable, true},
		{"payload=te*", 0, "text", Match, false}, // needs no decoding
		{"unique=x", due, "text", noMatch, false},
	} {
		var before time.Time
		if c.before > 0 {
			before = time.Unix(c.before, 0)
		}
		f, err := NewFilter([]string{c.match}, before)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Judge("service", "k", []byte(c.data)); got != c.want {
			t.Errorf("%s before %d, %.4s: got %v, want %v", c.match, c.before, c.data, got, c.want)
		}
		if got := f.Undecoded(); (got != nil) != c.undecoded {
			t.Errorf("%s before %d, %.4s: undecoded: %v", c.match, c.before, c.data, got)
		}
	}
}

func TestFilterRefusesConditionsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"host", "hots=web1", "host=web[", ""} {
		if f, err := NewFilter([]string{c}, time.Time{}); err == nil {
			t.Errorf("%q: got %+v", c, f)
		}
	}
}
