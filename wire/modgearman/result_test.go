package modgearman

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestResultText(t *testing.T) {
	r := Result{
		Host: "h", Service: "s", CoreStart: at(1), Start: at(1_000_000), Finish: at(2_500_000), Latency: 500 * time.Millisecond,
		ReturnCode: 2, Output: "a\nb \\ c|x=1",
	}
	for layout, want := range map[Layout]string{
		LayoutSender: "type=active\nhost_name=h\ncore_start_time=0.000001\nstart_time=1.000000\nfinish_time=2.500000\nlatency=0.500000\n" +
			"return_code=2\nsource=modgearman\nservice_description=s\noutput=a\\nb \\\\ c|x=1\n\n",
		LayoutWorker: "type=active\nhost_name=h\nservice_description=s\ncore_start_time=0.000001\nstart_time=1.000000\nfinish_time=2.500000\n" +
			"return_code=2\nexited_ok=1\nsource=modgearman\noutput=a\\nb \\\\ c|x=1\n",
		LayoutMulti: "type=active\nhost_name=h\ncore_start_time=0.000001\nstart_time=1.000000\nfinish_time=2.500000\n" +
			"return_code=2\nsource=modgearman\nservice_description=s\noutput=a\\nb \\\\ c|x=1\n\n",
	} {
		r.Layout = layout
		got, err := r.AppendText(nil)
		if err != nil || string(got) != want {
			t.Errorf("got %q, %v\nwant %q", got, err, want)
		}
	}
}

func TestResultRefuses(t *testing.T) {
	for field, r := range map[string]Result{
		"host_name":           {Output: "x"},
		"output":              {Host: "h"},
		"service_description": {Host: "h", Service: "a\nb", Output: "x"},
		"source":              {Host: "h", Source: "a\nb", Output: "x"},
	} {
		var e *FieldError
		got, err := r.AppendText([]byte("kept"))
		if !errors.As(err, &e) || e.Field != field || string(got) != "kept" {
			t.Errorf("got %q, %v, want an error about %s", got, err, field)
		}
	}
	if _, err := (Result{Host: "h", Output: "a\x00b"}).AppendText(nil); err == nil {
		t.Error("a NUL byte in the output must be refused")
	}
}

func TestParseResultIsTolerant(t *testing.T) {
	text := "output=a\\nb\\\\c\\t\nhost_name=h\nexited_ok=0\nearly_timeout=1\nreturn_code= 3x\ncore_start_time=6306851738260341976.000000\n" +
		"latency=-0.25\nstart_time=-1\nfinish_time=1.123456789\nsource=w @\u00a0x\nservice_description=\n\n"
	got, err := ParseResult([]byte(text))
	want := Result{
		Layout: LayoutWorker, Host: "h", Output: "a\nb\\c\\t", Crashed: true, EarlyTimeout: true, ReturnCode: 3,
		Latency: -250 * time.Millisecond, Finish: time.Unix(1, 123456789).UTC(), Source: "w @\u00a0x",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	for text, field := range map[string]string{"output=x": "host_name", "host_name=x": "output"} {
		var e *FieldError
		if _, err := ParseResult([]byte(text)); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%q: got %v, want an error about %s", text, err, field)
		}
	}
}

func TestResultProperty(t *testing.T) {
	output := rapid.Map(rapid.SliceOfN(rapid.ByteRange(1, 255), 1, 60), func(b []byte) string {
		return strings.TrimSuffix(string(b), "\r") + "."
	})
	rapid.Check(t, func(t *rapid.T) {
		r := Result{
			Layout: rapid.SampledFrom([]Layout{LayoutSender, LayoutWorker, LayoutMulti}).Draw(t, "layout"), Passive: rapid.Bool().Draw(t, "passive"),
			Host: line.Draw(t, "host"), Start: moment.Draw(t, "start"), Finish: moment.Draw(t, "finish"),
			ReturnCode: rapid.Int().Draw(t, "code"), Source: line.Draw(t, "source"), Output: output.Draw(t, "output"),
			EarlyTimeout: rapid.Bool().Draw(t, "early"),
		}
		if rapid.Bool().Draw(t, "is service") {
			r.Service = line.Draw(t, "service")
		}
		if r.Layout == LayoutWorker {
			r.CoreStart, r.Crashed = moment.Draw(t, "core"), rapid.Bool().Draw(t, "crashed")
		}
		if r.Layout == LayoutSender {
			r.Latency = time.Duration(rapid.Int64Range(-1e9, 1e9).Draw(t, "latency")) * time.Microsecond
		}
		text, err := r.AppendText(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseResult(text)
		if diff := cmp.Diff(r, got); diff != "" || err != nil {
			t.Fatalf("%v, -want +got\n%s", err, diff)
		}
	})
}

func TestEscapeProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.SampledFrom([]byte("\\\nn at\xff"))).Draw(t, "s"))
		if got := Unescape(Escape(s)); got != s || strings.Contains(Escape(s), "\n") {
			t.Fatalf("got %q, want %q", got, s)
		}
	})
}

func TestUniqueKeys(t *testing.T) {
	long := strings.Repeat("h", 70)
	got := UniqueKeys("web01", "ok", Key{})
	want := []NamedUnique{
		{"md5", "5.2.2 and later, 3.3.3 to 4.x", "57ED2746F5369977C04D271B779D2A74"},
		{"hmac", "5.0.0 to 5.2.1, nagios-mod-gearman; without encryption", UniqueHMAC("web01", "ok", Key{})},
		{"base64", "3.3.2", "d2ViMDEtb2s="},
		{"plain", "up to 3.3.1", "web01-ok"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := UniqueKeys("web01", "", Key{}); got[0].Key != "2F527604E1DEFF1329720282D8D3CFA1" || got[3].Key != "web01" {
		t.Errorf("got %+v", got)
	}
	if got := UniqueKeys(long, "", Key{}); got[3].Key != got[0].Key {
		t.Errorf("got %+v, want the long name hashed", got)
	}
	if Unique(strings.Repeat("a", 1023)+"b", "") != Unique(strings.Repeat("a", 1023), "") {
		t.Error("the name is cut after 1023 bytes")
	}
	key, err := NewKey([]byte("gearctl_lab_secret"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct { // recorded from make_uniq of nagios-mod-gearman 1.0.1, and as gearmand 1.1.20 keeps them
		service string
		key     Key
		want    string
	}{
		{"disk", key, "26978C28E4823BB12DBEC21B7F95913A9CA7937033A75188E75613416FEE549"},
		{"", key, "AD2052EF20E632ED77ED84423FE8CDD633DE17603195AA11A1BBEE8C6288DCD"},
		{"disk", Key{}, "7EDB6FE31EF539A6AF77B96822EE7C77A097E7AE5647219DB6BEB21E009FDAF"},
	} {
		if got := UniqueHMAC("web1", tt.service, tt.key); got != tt.want {
			t.Errorf("web1 %q with %v: %s, want %s", tt.service, tt.key, got, tt.want)
		}
	}
}

func TestStampsThatTellNoTime(t *testing.T) {
	for _, stamp := range []string{"", "0", "0.0", "-0.5", " -3", "0.0000009", "x", "1.x", "253402300800"} {
		if got := parseTimestamp([]byte(stamp)); !got.IsZero() {
			t.Errorf("%q: %v, want none", stamp, got)
		}
	}
	if got, want := parseTimestamp([]byte(" 0,000001")), time.UnixMicro(1).UTC(); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestTheWorkerOfASource: after a time-out the C worker (5.2.4) writes (null) where its name should be.
func TestTheWorkerOfASource(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]struct {
		name string
		ok   bool
		text string
	}{
		"Mod-Gearman Worker @ lab":         {"lab", true, "Mod-Gearman Worker @ lab"},
		"Mod-Gearman Worker @\u00a0lab":    {"lab", true, "Mod-Gearman Worker @\u00a0lab"},
		"Mod-Gearman Worker @ (null)":      {UnnamedWorker, true, "Mod-Gearman Worker (" + UnnamedWorker + ")"},
		"Mod-Gearman Worker @\u00a0(null)": {UnnamedWorker, true, "Mod-Gearman Worker (" + UnnamedWorker + ")"},
		"send_gearman":                     {"", false, "send_gearman"},
		"(null)":                           {"", false, "(null)"},
	} {
		name, ok := WorkerOf(source)
		if text := SourceText(source); name != want.name || ok != want.ok || text != want.text {
			t.Errorf("%q: got %q, %v and %q, want %+v", source, name, ok, text, want)
		}
	}
}
