package modgearman

import (
	"fmt"
	"strings"
	"testing"
)

// TestPreview: what other programs send is described, and packets of Mod-Gearman and binary data are not.
func TestPreview(t *testing.T) {
	event := func(kind, about string) string {
		return fmt.Sprintf(`{"type":1212,"flags":0,"attr":0,"timestamp":1700000000,%q:{%s}}`, kind, about)
	}
	bulk := func(events ...string) string {
		return `{"messages":[` + strings.Join(events, ",") + `],"format":"none"}`
	}
	var many []string
	for i := range 100 {
		many = append(many, event("servicestatus", fmt.Sprintf(`"host_name":"h%d","description":"disk"`, i%5)))
	}
	for data, want := range map[string]string{
		event("hoststatus", `"name":"web1","plugin_output":"x"`): "Statusengine hoststatus: 1 event, 1 host (web1)",
		bulk(many...): "Statusengine servicestatus: 100 events, 5 hosts (h0, h1, h2, …), 5 services (h0;disk, h1;disk, h2;disk, …)",
		bulk(event("hostcheck", `"host_name":"b"`), event("servicecheck", `"host_name":"a","service_description":"s"`)): "Statusengine hostcheck, servicecheck: 2 events, 2 hosts (a, b), 1 service (a;s)",
		event("logentry", `"logentry_data":"started"`):                                                                  "Statusengine logentry: 1 event",
		`{"messages":[]}`:                                `JSON: {"messages":[]}`,
		`{"messages":[1]}`:                               `JSON: {"messages":[1]}`,
		`{"messages":[{"a":1}]}`:                         `JSON: {"messages":[{"a":1}]}`,
		"{\n  \"job\": \"App\\\\Mail\",\n  \"id\": 7\n}": `JSON: {"job":"App\\Mail","id":7}`,
		"[1, 2]\n":                                       "JSON: [1,2]",
		`{"cut":`:                                        `{"cut":`,
		`a:1:{s:2:"id";i:7;}`:                            `PHP: a:1:{s:2:"id";i:7;}`,
		`O:8:"stdClass":0:{}`:                            `PHP: O:8:"stdClass":0:{}`,
		`s:3:"abc";`:                                     `PHP: s:3:"abc";`,
		"i:-7;":                                          "PHP: i:-7;",
		"b:1;":                                           "PHP: b:1;",
		"plain text\nand more\x00":                       "plain text and more",
		"a: thing":                                       "a: thing",
		"größer":                                         "größer",
		strings.Repeat("é", 101):                         strings.Repeat("é", 100) + "…",
		strings.Repeat("x", 100):                         strings.Repeat("x", 100),
		"":                                               "",
		" \n\x00":                                        "",
		"\x1b]0;x\x07":                                   "",
		"\xff\xfe\x00\x01":                               "",
		"host_name=web1\noutput=secret\n":                "",
		"type=host\n":                                    "",
		"DATATYPE::HOSTPERFDATA\tTIMET::1":               "",
	} {
		if got := Preview([]byte(data)); got != want {
			t.Errorf("%.80q: got %q, want %q", data, got, want)
		}
	}
}
