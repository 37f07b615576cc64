package wire_test

import (
	"strings"
	"testing"
	"time"

	"gearctl/wire"
)

func TestNames(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		name  string
		check func(string) error
		good  []string
		bad   []string
	}{
		{"function", wire.CheckFunction, []string{"a", "a b", "ä\xff", long(511)}, []string{"", "a\x00", long(512)}},
		{"unique", wire.CheckUnique, []string{"", "-", "a b", long(63)}, []string{"\x00", long(64)}},
		{"handle", wire.CheckHandle, []string{"H:lap:1", long(63)}, []string{"", "H:a 1", "H:1\n", long(64)}},
		{"admin word", wire.CheckAdminWord, []string{"a", "ä"}, []string{"", " ", "a b", "a\tb", "a\r", "a\nshutdown", "\x00", "\v", "\f"}},
	} {
		for _, s := range c.good {
			if err := c.check(s); err != nil {
				t.Errorf("%s %.20q: got %v, want none", c.name, s, err)
			}
		}
		for _, s := range c.bad {
			if c.check(s) == nil {
				t.Errorf("%s %.20q was accepted", c.name, s)
			}
		}
	}
}

func TestSubmissions(t *testing.T) {
	later := time.Unix(2_000_000_000, 0)
	for _, c := range []struct {
		job  wire.Submission
		want wire.Type
	}{
		{wire.Submission{}, wire.SubmitJob},
		{wire.Submission{Priority: wire.PriorityHigh}, wire.SubmitJobHigh},
		{wire.Submission{Priority: wire.PriorityLow}, wire.SubmitJobLow},
		{wire.Submission{Background: true}, wire.SubmitJobBG},
		{wire.Submission{Background: true, Priority: wire.PriorityHigh}, wire.SubmitJobHighBG},
		{wire.Submission{Background: true, Priority: wire.PriorityLow}, wire.SubmitJobLowBG},
		{wire.Submission{Background: true, At: later}, wire.SubmitJobEpoch},
	} {
		c.job.Function = "q"
		if err := c.job.Check(); err != nil || c.job.Type() != c.want {
			t.Errorf("%+v: got %v, %v, want %v", c.job, c.job.Type(), err, c.want)
		}
	}
	for _, j := range []wire.Submission{
		{},
		{Function: "q", Unique: strings.Repeat("x", 64)},
		{Function: "q", At: later},
		{Function: "q", At: later, Background: true, Priority: wire.PriorityHigh},
	} {
		if j.Check() == nil {
			t.Errorf("%+v was accepted", j)
		}
	}
}

func TestPrioritiesHaveNames(t *testing.T) {
	for _, name := range []string{"high", "normal", "low"} {
		if p, err := wire.ParsePriority(name); err != nil || p.String() != name {
			t.Errorf("%s: got %v, %v", name, p, err)
		}
	}
	if _, err := wire.ParsePriority("High"); err == nil {
		t.Error("High was accepted")
	}
}

func TestUniqueKeysAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		u := wire.NewUniqueSource()
		for range 1000 {
			key := u.Next()
			if seen[key] || wire.CheckUnique(key) != nil {
				t.Fatalf("key %q was made before or is not valid", key)
			}
			seen[key] = true
		}
	}
}
