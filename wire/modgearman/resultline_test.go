package modgearman

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseResultLine(t *testing.T) {
	for _, tc := range []struct {
		line string
		want Result
		err  string
	}{
		{"web\tdisk\t1\tWARN|a=1\n", Result{Host: "web", Service: "disk", ReturnCode: 1, Output: "WARN|a=1"}, ""},
		{"web\t0\tUP\r\n", Result{Host: "web", Output: "UP"}, ""},
		{"web\t2\tDOWN\tfor long\tnow", Result{Host: "web", ReturnCode: 2, Output: "DOWN\tfor long\tnow"}, ""},
		{"web\tdisk\t1\ta\tb", Result{Host: "web", Service: "disk", ReturnCode: 1, Output: "a\tb"}, ""},
		{"web\tdisk\t0\tone\\ntwo C:\\\\new", Result{Host: "web", Service: "disk", Output: "one\ntwo C:\\new"}, ""},
		{"web\tdisk\t1\t", Result{}, "output is missing"},
		{"web\tdisk\t1", Result{}, "output is missing"},
		{"web\tdisk\t4\tx", Result{}, "return code"},
		{"web\tdisk", Result{}, "want host"},
		{"\tdisk\t1\tx", Result{}, "host is missing"},
		{"web\t\t1\tx", Result{}, "service is empty"},
		{"web\t0\ta\x00b", Result{}, "NUL"},
	} {
		got, err := ParseResultLine([]byte(tc.line), 7, "\t")
		if tc.err != "" {
			var e *LineError
			if !errors.As(err, &e) || e.Line != 7 || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%q: got %v, want %q in line 7", tc.line, err, tc.err)
			}
			continue
		}
		tc.want.Passive = true
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%q: %v, -want +got\n%s", tc.line, err, diff)
		}
	}
	if got, err := ParseRawResultLine([]byte(`web;disk;0;C:\new \\ x`), 1, ";"); err != nil || got.Output != `C:\new \\ x` {
		t.Errorf("raw: got %q, %v", got.Output, err)
	}
	if _, err := ParseResultLine([]byte("a"), 1, ""); err == nil {
		t.Error("an empty delimiter must be refused")
	}
}

func TestResultLineProperty(t *testing.T) {
	word := rapid.StringMatching(`[a-zA-Z][^\t\r\n\x00]{0,10}[a-z]`)
	rapid.Check(t, func(t *rapid.T) {
		want := Result{
			Passive: true, Host: word.Draw(t, "host"), Service: word.Draw(t, "service"),
			ReturnCode: rapid.IntRange(0, 3).Draw(t, "code"), Output: word.Draw(t, "output") + "\n" + word.Draw(t, "more"),
		}
		got, err := ParseResultLine(fmt.Appendf(nil, "%s\t%s\t%d\t%s\n", want.Host, want.Service, want.ReturnCode, Escape(want.Output)), 1, "\t")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("%v, -want +got\n%s", err, diff)
		}
	})
}

const multi = `noise <?xml?><PARENT><CHILD><no>0</no><name>all</name><rc>0</rc><runtime>0</runtime><output>x</output><error></error></CHILD>
<CHILD><no>1</no><name>disk</name><rc>2</rc><runtime>0.25</runtime><output>a &lt; b &amp;&#039;&#124;</output><error>oops</error>
<performance>'/var x'=1;2</performance><pplugin>check_disk</pplugin></CHILD>
<CHILD><no>2</no><name>bad</name><rc>0</rc></CHILD>
<CHILD><no>5</no><name></name><rc>0</rc><runtime>1</runtime><output>ok</output><error></error></CHILD>
<CHILD><no>3</no><name>load</name><rc>0</rc><runtime>1</runtime><output>ok</output><error></error><performance>l=1</performance><pplugin>p</pplugin></CHILD></PARENT>`

func TestParseCheckMulti(t *testing.T) {
	now := at(1700000000_000000)
	var got []Result
	var bad []string
	err := ParseCheckMulti(strings.NewReader(multi), "mh", now, func(n int, r Result, err error) error {
		if err != nil {
			bad = append(bad, fmt.Sprint(n, " ", err))
			return nil
		}
		got = append(got, r)
		return nil
	})
	if diff := cmp.Diff([]string{"3 the element <runtime> is missing", "4 <name> is empty, and the result would be the host's"}, bad); err != nil || diff != "" {
		t.Errorf("%v, bad children -want +got\n%s", err, diff)
	}
	want := []Result{
		{Layout: LayoutMulti, Passive: true, Host: "mh", Service: "disk", ReturnCode: 2, Source: "send_multi", Start: now.Add(-250 * time.Millisecond), Finish: now, Output: "a < b &'| [oops]|'disk::check_disk::/var x'=1;2"},
		{Layout: LayoutMulti, Passive: true, Host: "mh", Service: "load", Source: "send_multi", Start: now.Add(-time.Second), Finish: now, Output: "ok|load::p::l=1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestParseCheckMultiLimits(t *testing.T) {
	child := "<CHILD><no>1</no><name>a</name><rc>0</rc><runtime>1</runtime><output>%s</output><error></error></CHILD>"
	big := strings.Repeat("x", 1<<20)
	n := 0
	err := ParseCheckMulti(strings.NewReader(fmt.Sprintf(child, big)), "h", at(1), func(_ int, r Result, err error) error { n += len(r.Output); return err })
	if err != nil || n != len(big) {
		t.Errorf("got %d bytes, %v, want %d", n, err, len(big))
	}
	for input, want := range map[string]string{"plain text": "no check_multi child", "<CHILD><no>1</no>": "closing tag"} {
		if err := ParseCheckMulti(strings.NewReader(input), "h", at(1), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", input, err, want)
		}
	}
}
