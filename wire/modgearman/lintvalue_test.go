package modgearman

import (
	"fmt"
	"strings"
	"testing"
)

// TestLintOfWhatCannotWork: values as people write them and no program reads them, each with the line that was meant.
func TestLintOfWhatCannotWork(t *testing.T) {
	for _, tt := range []struct {
		line, who string
		want      string // a part of the findings, "" for none
	}{
		{`identifier="w1"`, "w", `warning: identifier: is in quotes; the programs take the quotes as part of the value; set identifier=w1`},
		{`services='no'`, "w", `error: services: is in quotes; the C programs read yes, the Go programs no; set services=no`},
		{`job_timeout="90"`, "w", `is in quotes; the C programs read 1 (`},
		{`server="gm2:4730"`, "n", `error: server: is in quotes; no host has such a name: nothing can connect; set server=gm2:4730`},
		{`hostgroups="a,b"`, "n", `error: hostgroups: is in quotes; the programs take the quotes as part of the value; set hostgroups=a,b`},
		{`restrict_command_characters="`, "n", ""},
		{`delimiter=";"`, "n", ""},
		{"server=http://gm2:4730/", "n", "is a URL; the programs take http for the host; set server=gm2:4730"},
		{"server=gm2:70000", "w", "the C programs connect to port 4464, the Go programs not at all; set server=gm2:4730"},
		{"server=gm2:gearman", "n", `"gm2:gearman" has no port number`},
		{"server=gm2:4730x", "n", "a port is a number from 1 to 65535"},
		{"server=gm2:65535", "n", ""},
		{"server=gm2;gm3:4731", "n", "only commas separate servers: no host has such a name; set server=gm2,gm3:4731"},
		{"server=gm2 gm3", "n", "set server=gm2,gm3"},
		{"server=gm2, gm3", "n", `error: server: has a blank beside "gm3"; the C programs take it as part of the name and do not find the host; set server=gm2,gm3`},
		{"server=gm2/x", "n", `"gm2/x" is no address`},
		{"dupserver=gm:4730", "w", "error: dupserver: gm:4730 is a server as well; the core gets every result twice"},
		{"hostgroups=a;b", "n", `error: hostgroups: "a;b" contains a semicolon; it is one name: only commas separate names; if these are several: set hostgroups=a,b`},
		{"servicegroups=a b, c", "w", `warning: servicegroups: "a b" contains a blank; it is one name: only commas separate names; if these are several: set servicegroups=a,b,c`},
		{"hostgroups=a, b", "n", ""},
		{"hostgroups=*", "w", "there are no patterns; no check goes to its queue; name each group; every check: set hosts=yes and services=yes"},
		{"localhostgroups=lin*", "n", "there are no patterns"},
		{"perfdata=yes,pnp", "n", `error: perfdata: "yes" is in a list of queues; performance data go to a queue named yes; set perfdata=perfdata,pnp`},
		{"perfdata=a, b", "n", "the blank is part of the queue's name; set perfdata=a,b"},
		{"perfdata=a,b", "n", ""},
		{"queue_custom_variable=A,B", "n", `error: queue_custom_variable: "A,B" is not one name; no variable ever matches`},
		{"restrict_path=/usr/lib/,/opt/p/", "w", `error: restrict_path: "/usr/lib/,/opt/p/" is one path, not a list; the workers refuse every command that does not begin with all of it; set a line for each: restrict_path=/usr/lib/ restrict_path=/opt/p/`},
		{"restrict_path=usr/lib/", "w", "the C worker refuses every command"},
		{"restrict_path=", "w", "every command that begins with / is allowed"},
		{"restrict_path=/usr/lib/", "w", ""},
		{"export=q:0:NEBCALLBACK_LOGDATA", "n", `error: export: "NEBCALLBACK_LOGDATA" is not a callback; the module logs and ignores it; did you mean NEBCALLBACK_LOG_DATA?`},
		{"export=q:0:nebcallback_log_data", "n", "the module takes it for callback 0, which never comes; did you mean NEBCALLBACK_LOG_DATA?"},
		{"export=q:0:LOG", "n", "did you mean NEBCALLBACK_LOG_DATA?"},
		{"export=q:0:33", "n", "error: export: 33 is not the number of a callback; the NEB module crashes on it"},
		{"export=q:x:NEBCALLBACK_LOG_DATA", "n", `the return code "x" is not a number; the module reads 0; set export=q:0:NEBCALLBACK_LOG_DATA`},
		{"pidfile=run/w.pid", "w", `warning: pidfile: "run/w.pid" is a relative path; the programs search it in their working directory, mostly / for a daemon, not beside this file; set pidfile=DIR/run/w.pid`},
		{"logfile=/var/log/w.log", "w", ""},
		{"logfile=stderr", "w", ""},
		{"[worker]", "w", "error: […]: is a section, which these files do not have; the programs log and ignore it; the Go worker refuses to start: parse error, expected key=value; remove the line"},
		{"identifier: w1", "w", "error: identifier: is not followed by =; the programs log and ignore it; the Go worker refuses to start: parse error, expected key=value; set identifier=VALUE"},
		{"password hunter2hunter2=", "n", "error: key: is not followed by =; the programs log and ignore it; set password=VALUE"},
		{"sevrer gm2", "n", "did you mean server?"},
		{"hostgruops", "n", "did you mean hostgroups?"},
		{strings.Repeat("x", 60000), "n", "is not an option"},
		{"server=gm2 ,gm3", "n", `has a blank beside "gm2"`},
		{"server=gm2,", "w", "the C programs read it as 0.0.0.0:4730, the Go worker as :4730, both a server of this machine"},
		{"server=gm2,gm2:4730", "n", "hint: server: gm2:4730 is named again; the C programs log a duplicate and ignore it"},
		{"dupserver=", "w", "the C worker reads it as 0.0.0.0:4730 and sends every result there too"},
		{"perfdata=", "n", "warning: perfdata: has no value; the module logs an unknown option and ignores the line"},
		{"perfdata=a,,b", "n", "error: perfdata: has an empty item; the module sends the data to a queue without a name, and nothing takes them; set perfdata=a,b"},
		{"perfdata=PNP", "n", `warning: perfdata: "PNP" has capital letters; the module turns them into small ones: pnp; set perfdata=pnp`},
		{"perfdata=YES", "n", ""},
		{"keyfile=", "n", "error: keyfile: names no file; the C programs do not start: could not open file"},
		{"config=", "w", "error: config: names no file; the programs refuse to start"},
		{"returncode=4", "n", "error: returncode: is none of 0, 1, 2 and 3; the C programs stop reading here and do not start"},
		{"result_queue=", "n", "error: result_queue: has no value; results go to a queue without a name, and are lost"},
		{"perfdata_send_all=all", "n", "C reads it as no"},
		{"hostgroups=a,\tb", "w", `warning: hostgroups: "b" has a tab beside it; the Go worker takes it as part of the name`},
		{"identifier=w1\u00a0", "w", "warning: identifier: has a space beside it that is not one of ASCII"},
		{"\u00a0identifier=w1", "w", "did you mean identifier?"},
	} {
		c := load(t, base+tt.line+"\n")
		neb, worker := c, (*Config)(nil)
		if tt.who == "w" {
			neb, worker = nil, c
		}
		got := strings.ReplaceAll(fmt.Sprint(Lint(neb, worker)), strings.TrimSuffix(c.Path, "/a.conf"), "DIR")
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "[]" || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %s\nwant %s", tt.line, got, tt.want)
		}
	}
}

// TestLintOfAByteOrderMark, with which a program of Windows begins a file.
func TestLintOfAByteOrderMark(t *testing.T) {
	for _, first := range []string{"# a comment", "server=gm2"} {
		c := load(t, "\uFEFF"+first+"\n"+base)
		if got := fmt.Sprint(Lint(c, nil)); !strings.Contains(got, "a.conf:1: error: config: begins with a byte order mark") {
			t.Errorf("%s: %s", first, got)
		}
	}
}

// TestNoPartOfAKeyIsShown whatever stands between the option and the key.
func TestNoPartOfAKeyIsShown(t *testing.T) {
	for _, line := range []string{"key: hunter2hunter2==", "key hunter2=hunter2", `key="hunter2hunter2"`, "keey: hunter2hunter2=", "[hunter2]", "\uFEFFkey=hunter2hunter2"} {
		c := load(t, line+"\n")
		if got := fmt.Sprintf("%v %+v %v", Lint(c, c), c, c.Values()); strings.Contains(got, "hunter2") {
			t.Errorf("%s: %s", line, got)
		}
	}
}
