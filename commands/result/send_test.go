package result_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/modgearman"
)

// TestResultSendVectors: what we send with the options of send_gearman and send_multi is what these sent, byte for byte.
func TestResultSendVectors(t *testing.T) {
	t.Parallel()
	c, multi := servertest.Vectors(t, "send-gearman-c.jsonl"), servertest.Vectors(t, "send-multi.jsonl")
	key := servertest.KeyFile(t)
	for _, tc := range []struct {
		name  string
		want  []string
		stdin string
		argv  []string
	}{
		{"passive", c[:1], "", []string{
			"--key-file", key, "--host", "web01", "--service", "disk", "-m", "DISK OK - 42% used|/=42%;80;90;0;100",
			"--start-time", "1700000000.25", "--finish-time", "1700000001.5",
		}},
		{"active in clear", c[1:2], "", []string{
			"--host", "web01", "--active", "-r", "critical", "--message", "line one\nline two \\ back|x=1",
			"--start-time=1700000000", "--finish-time=1700000001", "--latency", "0.5s",
		}},
		{"line", c[2:3], "web01\tdisk\t1\tWARN over|a=1\n", []string{
			"--key-file", key, "--start-time", "1795385395.330549", "--finish-time", "1795385395.330549",
		}},
		{"line with a newline", c[3:4], "web02\t0\tUP\\n\r\n", []string{
			"--key-file", key, "--start-time", "1795385395.331899", "--finish-time", "1795385395.331899",
		}},
		{"check_multi", multi, multiReport, []string{"--key-file", key, "--check-multi", "--host", "mh", "--source", "send_multi"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			servertest.Each(t, func(t *testing.T, addr string) {
				argv := append([]string{"result", "send", "-s", addr, "--source", "send_gearman"}, tc.argv...)
				got := commandtest.GearctlEnv(t.Context(), strings.NewReader(tc.stdin), func(e *cli.Env) {
					e.Now = func() time.Time { return time.UnixMicro(1795385395_335795) }
				}, argv...)
				commandtest.WantRun(t, got, 0)
				if diff := cmp.Diff(tc.want, servertest.Workloads(t, addr, servertest.Results)); diff != "" {
					t.Errorf("-want +got\n%s", diff)
				}
			})
		})
	}
}

const multiReport = `<PARENT><CHILD><no>0</no><rc>0</rc><runtime>0</runtime><output>x</output></CHILD>
<CHILD><no>1</no><name>test1</name><rc>0</rc><runtime>0.082043</runtime><output>test1 output</output><error></error></CHILD>
<CHILD><no>2</no><name>test2</name><rc>0</rc><runtime>0.053865</runtime><output>test2</output><error></error></CHILD></PARENT>`

// TestResultSendFields: what arrives has the fields that were sent, on both servers.
func TestResultSendFields(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("0123456789abcde\n", modgearman.MaxOutput/16)
	passive := func(r modgearman.Result) modgearman.Result {
		r.Passive, r.Source = true, "gearctl"
		return r
	}
	for _, tc := range []struct {
		name  string
		stdin string
		argv  []string
		want  []modgearman.Result
	}{
		{"stdin with its last newline left out", "OK - fine\nsecond\n\n", []string{"--host", "h", "--service", "s p"}, []modgearman.Result{{Host: "h", Service: "s p", Output: "OK - fine\nsecond\n"}}},
		{"stdin with CRLF", "a\r\nb\r\n", []string{"--host", "h", "-r", "unreachable"}, []modgearman.Result{{Host: "h", ReturnCode: 2, Output: "a\r\nb"}}},
		{"10 MiB", big + "\n", []string{"--host", "h", "-r", "2"}, []modgearman.Result{{Host: "h", ReturnCode: 2, Output: big}}},
		{"not UTF-8", "\xff\xfe|\x80\n", []string{"--host", "h\xe9", "--service", "s"}, []modgearman.Result{{Host: "h\xe9", Service: "s", Output: "\xff\xfe|\x80"}}},
		{"an option's message is exact", "", []string{"--host", "h", "-m", `C:\new`}, []modgearman.Result{{Host: "h", Output: `C:\new`}}},
		{"lines", "\na\ts\t0\tone\r\n\r\nb\t2\ttwo\tthree\nc\ts\t1\tx\ty\n \nd\ts\t3\tp\\nq\\\\n", nil, []modgearman.Result{
			{Host: "a", Service: "s", Output: "one"},
			{Host: "b", ReturnCode: 2, Output: "two\tthree"},
			{Host: "c", Service: "s", ReturnCode: 1, Output: "x\ty"},
			{Host: "d", Service: "s", ReturnCode: 3, Output: "p\nq\\n"},
		}},
		{"another delimiter", "a::s::0::o;n::e\n", []string{"-l", "-d", "::"}, []modgearman.Result{{Host: "a", Service: "s", Output: "o;n::e"}}},
		{"an output with backslashes as send_gearman keeps them", `a;s;0;C:\new \\\\ x` + "\n", []string{"--lines", "-d", ";", "--raw-message"}, []modgearman.Result{{Host: "a", Service: "s", Output: `C:\new \\\\ x`}}},
		{"a host that is down", "", []string{"--host", "h", "-m", "x", "-r", "Down"}, []modgearman.Result{{Host: "h", ReturnCode: 1, Output: "x"}}},
		{"a host that is OK", "", []string{"--host", "h", "-m", "x", "-r", "ok"}, []modgearman.Result{{Host: "h", Output: "x"}}},
		{"no lines", "", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			servertest.Each(t, func(t *testing.T, addr string) {
				argv := append([]string{"result", "send", "-s", addr, "--key-file", servertest.KeyFile(t)}, tc.argv...)
				commandtest.WantRun(t, commandtest.Gearctl(t, tc.stdin, argv...), 0)
				var want []modgearman.Result
				for _, r := range tc.want {
					r.Layout = modgearman.LayoutSender
					want = append(want, passive(r))
				}
				if diff := cmp.Diff(want, servertest.SentResults(t, addr, servertest.Results)); diff != "" {
					t.Errorf("-want +got\n%.2000s", diff)
				}
			})
		})
	}
}

// TestResultSendBad: bad results are told with their number, the good ones are sent.
func TestResultSendBad(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	for _, tc := range []struct {
		name  string
		stdin string
		argv  []string
		code  int
		sent  int
		err   []string
	}{
		{"lines", "a;0;good\nbad\n\nb;s;7;x\n;s;0;x\nc;s;0;\nd;0;nul\x00\ne;0;last", []string{"-d", ";"}, 4, 2, []string{
			"gearctl: line 2: want host, service, return code and output",
			"gearctl: line 4: the return code is none of",
			"gearctl: line 5: the host is missing",
			"gearctl: line 6: the output is missing",
			"gearctl: line 7: the text holds a NUL byte",
			"gearctl: 5 lines could not be sent, see above",
		}},
		{"tabs only", "\t\t\t\n", nil, 1, 0, []string{"line 1: the host is missing", `hint: a line is HOST, SERVICE, CODE, OUTPUT`, `separated by "\t"`}},
		{"a line over the limit", "h\t0\t" + strings.Repeat("x", modgearman.MaxOutput+1) + "\nh\t0\tok\n", nil, 4, 1, []string{"line 1: the output has 10485761 bytes or more, but Mod-Gearman allows 10485760"}},
		{"stdin over the limit", strings.Repeat("x", modgearman.MaxOutput+1), []string{"--host", "h"}, 1, 0, []string{"the output has 10485761 bytes or more"}},
		{"much over the limit", strings.Repeat("x", modgearman.MaxOutput+100), []string{"--host", "h"}, 1, 0, []string{"the output has 10485763 bytes or more"}},
		{"NUL in stdin", "a\x00b", []string{"--host", "h"}, 1, 0, []string{"output holds a NUL byte", "the result was not sent"}},
		{"empty stdin", "\n", []string{"--host", "h"}, 1, 0, []string{"stdin is empty, but the core discards"}},
		{"check_multi", strings.Replace(multiReport, "<rc>0</rc><runtime>0.082", "<rc>x</rc><runtime>0.082", 1), []string{"--check-multi", "--host", "h"}, 4, 1, []string{"child 2: <rc> is not a number", "1 child could not be sent"}},
		{"a child with another code", strings.Replace(multiReport, "<rc>0</rc><runtime>0.082", "<rc>7</rc><runtime>0.082", 1), []string{"--check-multi", "--host", "h"}, 4, 1, []string{"child 2: <rc> is 7: the return code is none of 0, 1, 2 and 3", "1 child could not be sent"}},
		{"a host in a state that does not exist", "a;3;x\nb;2;x\nc;s;3;x\n", []string{"-d", ";"}, 4, 2, []string{
			"line 1: 3 is no state of a host; a passive host result has 0 (UP), 1 (DOWN) or 2 (UNREACHABLE)", "1 line could not be sent",
		}},
		{"plugin codes of hosts", "a;3;x\nb;2;x\n", []string{"-d", ";", "--active"}, 0, 2, nil},
		{"a plugin code of a host", "", []string{"--host", "h", "-m", "x", "-r", "3", "--active"}, 0, 1, nil},
		{"no check_multi", "OK - all fine", []string{"--check-multi", "--host", "h"}, 1, 0, []string{"no check_multi child found; run check_multi with -r 256"}},
		{"check_multi cut", multiReport[:len(multiReport)-30], []string{"--check-multi", "--host", "h"}, 4, 1, []string{"the closing tag </CHILD> is missing"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := commandtest.Gearctl(t, tc.stdin, append([]string{"result", "send", "-s", addr}, tc.argv...)...)
			commandtest.WantRun(t, got, tc.code, tc.err...)
			if n := len(servertest.Workloads(t, addr, servertest.Results)); n != tc.sent {
				t.Errorf("%d results arrived, want %d", n, tc.sent)
			}
		})
	}
}

// TestResultSendUsage: what does not go together is refused before a server is asked.
func TestResultSendUsage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ line, err string }{
		{"--message x", "no --host given"},
		{"--host= --message x", "no --host given"},
		{"--host h --service= -m x", "--service is empty"},
		{"--host h -m=", "--message is empty"},
		{"--host h -m x -r 4", `--returncode "4": not 0 to 3, OK`},
		{"--host h -m x -r WARN", `not 0 to 3`},
		{"--host h -m x -r 3", "3 is no state of a host; a passive host result has 0 (UP), 1 (DOWN) or 2 (UNREACHABLE)"},
		{"--host h -m x -r 3", "hint: if it is the code of a plugin, let the core make a state of it: gearctl -s 127.0.0.1:1 result send --host=h --message=x --returncode=3 --active"},
		{"--host h -m x -r critical", "CRITICAL is no state of a host"},
		{"--host h -m x -r warning", "WARNING is no state of a host"},
		{"--host h -m x -r unknown", "UNKNOWN is no state of a host"},
		{"--host h -m x -r down --active", "DOWN is the state of a host, for passive host results only"},
		{"--host h --service s -m x -r up", "UP is the state of a host"},
		{"--host h --lines", "--lines takes host"},
		{"--lines --check-multi", "--lines takes host"},
		{"--lines -d=", `--delimiter "": must be`},
		{"--check-multi", "no --host given"},
		{"--check-multi --host h -m x", "--check-multi takes everything but the host"},
		{"--host h -m x --start-time soon", `--start-time "soon": not a time`},
		{"--host h -m x --start-time 20 --finish-time 10", "--finish-time is before --start-time"},
		{"--host h -m x --finish-time +10m", `not a time`},
		{"--host h -m x --latency 5x", `--latency "5x": not a duration such as 10 (seconds)`},
		{"--host a\nb -m x", "host_name holds a newline"},
		{"--host h -m x --queue " + strings.Repeat("q", 512), "queue name"},
		{"--host h -m x --retries -1", "--retries -1"},
		{"--host h -m x --dupserver h:p:q", "--dupserver:"},
		{"--host h -m x --columns nosuch", `column "nosuch"`},
		{"--host h -m x extra", "unexpected argument"},
	} {
		got := commandtest.Gearctl(t, "", append([]string{"result", "send", "-s", servertest.DeadAddr}, strings.Split(tc.line, " ")...)...)
		if got.Code != 2 || !strings.Contains(got.Stderr, tc.err) {
			t.Errorf("%.80q: exit code %d, stderr %q, want %q", tc.line, got.Code, got.Stderr, tc.err)
		}
	}
}

// resultSent is a row of result send -o jsonl.
type resultSent struct {
	Number                             int64
	Server, Queue, Unique, Host, State string

	Code *int `json:"return_code"`
}

// TestResultSendRows: with -o jsonl each result of the input is a row exactly once.
func TestResultSendRows(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t)
	var in strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&in, "host%d\tservice\t%d\toutput\n", i, i%5)
	}
	got := commandtest.Gearctl(t, in.String(), "result", "send", "-s", addr, "-o", "jsonl", "--queue", "other")
	commandtest.WantRun(t, got, 4, "600 lines could not be sent")
	seen := map[int64]bool{}
	uniques := map[string]bool{}
	for _, row := range commandtest.RowsOf[resultSent](t, got.Stdout) {
		want := "sent"
		if row.Number%5 == 0 {
			want = "bad"
		}
		if seen[row.Number] || row.State != want || row.Queue != "other" {
			t.Fatalf("got %+v, want state %s", row, want)
		}
		seen[row.Number] = true
		if want == "sent" && (uniques[row.Unique] || row.Host != fmt.Sprintf("host%d", row.Number-1) || *row.Code != int(row.Number-1)%5) {
			t.Fatalf("got %+v", row)
		}
		uniques[row.Unique] = true
	}
	if n := len(servertest.Workloads(t, addr, "other")); len(seen) != 3000 || n != 2400 {
		t.Errorf("%d rows, %d jobs, want 3000 and 2400", len(seen), n)
	}
}

// TestResultSendSummary: the table counts.
func TestResultSendSummary(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	got := commandtest.Gearctl(t, "a;0;x\nbad\n", "result", "send", "-s", addr, "-d", ";", "--columns", "server,role,queue,sent,refused,unanswered,bad")
	commandtest.WantRun(t, got, 4)
	if want := addr + "  server  check_results     1        0           0    1"; !strings.Contains(got.Stdout, want) {
		t.Errorf("got %s, want %q", got.Stdout, want)
	}
}

// TestKeyNeverPrinted: neither results, nor traces, nor errors, nor rows show the key.
func TestKeyNeverPrinted(t *testing.T) {
	t.Parallel()
	addr, key := servertest.Embedded(t), servertest.KeyFile(t)
	for _, argv := range [][]string{
		{"result", "send", "--host", "h", "-m", "x"},
		{"result", "send", "--host", "h", "-m", "x", "-o", "jsonl"},
		{"result", "send", "--host", "h\nx", "-m", "x"},
		{"result", "tail", "--once", "-o", "jsonl"},
		{"result", "tail", "--once"},
	} {
		got := commandtest.Gearctl(t, "", append(argv, "-s", addr, "--key-file", key, "--trace", "-v")...)
		if strings.Contains(got.Stdout+got.Stderr, servertest.Key) {
			t.Errorf("%q shows the key: %q %q", argv, got.Stdout, got.Stderr)
		}
	}
}
