package modgearman

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gearctl/wire"
)

func at(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

func TestCheckText(t *testing.T) {
	for _, tc := range []struct {
		name  string
		check Check
		want  string
	}{
		{
			"host",
			Check{
				Kind: KindHost, ResultQueue: "check_results", TargetQueue: "host", Host: "web01",
				CoreTime: at(1795385292376195), Timeout: 30, CommandLine: "/bin/ping a=b",
			},
			"type=host\nresult_queue=check_results\ntarget_queue=host\nhost_name=web01\ncore_time=1795385292.376195\n" +
				"timeout=30\ncommand_line=/bin/ping a=b\n\n\n",
		},
		{
			"service before 5.1.5",
			Check{
				Kind: KindService, ResultQueue: "r", Host: "a", Service: "disk /", CoreTime: at(1000001), CommandLine: "x",
			},
			"type=service\nresult_queue=r\nhost_name=a\nservice_description=disk /\ncore_time=1.000001\ntimeout=0\ncommand_line=x\n\n\n",
		},
		{
			"eventhandler",
			Check{Kind: KindEventhandler, StartTime: at(2500000), CommandLine: `echo C:\new`},
			"type=eventhandler\nstart_time=2.500000\ncore_time=0.000000\ncommand_line=echo C:\\new\n\n\n",
		},
		{
			"notification",
			Check{Kind: KindNotification, Contact: "me", CommandLine: "printf \"a\nb\"", PluginOutput: "x"},
			"type=notification\nstart_time=0.000000\ncore_time=0.000000\ncontact=me\ncommand_line=printf \"a\\nb\"\n" +
				"plugin_output=x\nlong_plugin_output=\n\n\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.check.AppendText([]byte("!"))
			if err != nil || string(got) != "!"+tc.want {
				t.Errorf("got %q, %v\nwant %q", got, err, tc.want)
			}
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	good := Check{Kind: KindService, ResultQueue: "r", TargetQueue: "t", Host: "h", Service: "s", CommandLine: "c"}
	for _, tc := range []struct {
		field string
		spoil func(*Check)
	}{
		{"type", func(c *Check) { c.Kind = KindResult }},
		{"host_name", func(c *Check) { c.Host = "a\ncommand_line=evil" }},
		{"host_name", func(c *Check) { c.Host = "" }},
		{"service_description", func(c *Check) { c.Service = "a\x00b" }},
		{"service_description", func(c *Check) { c.Service = "" }},
		{"service_description", func(c *Check) { c.Kind = KindHost }},
		{"command_line", func(c *Check) { c.CommandLine = "" }},
		{"command_line", func(c *Check) { c.CommandLine = "a\nb" }},
		{"result_queue", func(c *Check) { c.ResultQueue = "" }},
		{"target_queue", func(c *Check) { c.TargetQueue = "\n" }},
	} {
		c := good
		tc.spoil(&c)
		got, err := c.AppendText([]byte("kept"))
		var e *FieldError
		if !errors.As(err, &e) || e.Field != tc.field || string(got) != "kept" {
			t.Errorf("%+v: got %q, %v, want an error about %s", c, got, err, tc.field)
		}
	}
}

func TestParseCheckIsTolerant(t *testing.T) {
	text := "\r\ncommand_line=/bin/x a=b\n host_name =web 01\nnoise\n=\nservice_description=\ntimeout= 60 \n" +
		"next_check=12.0\ncore_time=1,5\nstart_time=nan\ntype= service \nresult_queue=a\nresult_queue=b\nx=y\n\n\n\x00\x00"
	got, err := ParseCheck([]byte(text))
	want := Check{
		Kind: KindService, ResultQueue: "b", Host: "web 01", CommandLine: "/bin/x a=b", Timeout: 60,
		NextCheck: at(12_000_000), CoreTime: at(1_500_000),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

func TestParseCheckErrors(t *testing.T) {
	for text, field := range map[string]string{
		"host_name=a\n": "type", "type=passive\ncommand_line=x": "type", "type=host\nhost_name=a": "command_line", "": "type",
	} {
		var e *FieldError
		if _, err := ParseCheck([]byte(text)); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%q: got %v, want an error about %s", text, err, field)
		}
	}
}

// line is any text that a field carries exactly.
var line = rapid.Map(rapid.SliceOfN(rapid.ByteRange(1, 255), 1, 30), func(b []byte) string {
	s := strings.Trim(strings.ReplaceAll(string(b), "\n", "n"), " \t\v\f\r")
	return "x" + strings.ToValidUTF8(s, "\xff") + "."
})

var moment = rapid.Map(rapid.Int64Range(1, 4e15), at)

func TestCheckProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Check{
			Kind:        rapid.SampledFrom([]Kind{KindHost, KindService, KindEventhandler, KindNotification}).Draw(t, "kind"),
			CoreTime:    moment.Draw(t, "core"),
			CommandLine: line.Draw(t, "command"),
		}
		switch c.Kind {
		case KindService:
			c.Service = line.Draw(t, "service")
			fallthrough
		case KindHost:
			c.Host, c.Timeout = line.Draw(t, "host"), rapid.Int().Draw(t, "timeout")
			c.ResultQueue, c.TargetQueue = line.Draw(t, "result"), line.Draw(t, "target")
		case KindNotification:
			c.Contact, c.PluginOutput, c.LongPluginOutput = line.Draw(t, "contact"), line.Draw(t, "out"), line.Draw(t, "long")
			fallthrough
		default:
			c.StartTime = moment.Draw(t, "start")
		}
		text, err := c.AppendText(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseCheck(text)
		if diff := cmp.Diff(c, got); diff != "" || err != nil {
			t.Fatalf("%v, -want +got\n%s", err, diff)
		}
	})
}

func TestPriorities(t *testing.T) {
	for _, tc := range []struct {
		kind   Kind
		forced bool
		want   wire.Priority
	}{
		{KindHost, false, wire.PriorityNormal},
		{KindService, false, wire.PriorityLow},
		{KindService, true, wire.PriorityHigh},
		{KindEventhandler, false, wire.PriorityNormal},
		{KindNotification, false, wire.PriorityHigh},
		{KindResult, false, wire.PriorityNormal},
		{KindPerfdata, false, wire.PriorityNormal},
		{KindProbe, false, wire.PriorityHigh},
	} {
		if got := tc.kind.Priority(tc.forced); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.kind, got, tc.want)
		}
	}
}
