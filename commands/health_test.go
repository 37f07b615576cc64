package commands

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"gearctl/wire"
)

// health runs health and checks the code, and that the first line begins with the state and everything is on stdout.
func health(t *testing.T, code int, argv ...string) string {
	t.Helper()
	r := gearctl(t, "", append([]string{"health"}, argv...)...)
	if r.code != code || !strings.HasPrefix(r.stdout, stateName(code)+": ") || r.stderr != "" {
		t.Errorf("health %q: code %d, want %d; stdout %q, stderr %q", argv, r.code, code, r.stdout, r.stderr)
	}
	return r.stdout
}

// says fails when a text lacks one of the parts.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
}

// TestFalseOK holds what check_gearman says OK or too little to, in C (A.5) and in Go (A.6), where a list of queues is
// enough to show it.
func TestFalseOK(t *testing.T) {
	var many strings.Builder
	for i := range 600 {
		fmt.Fprintf(&many, "q%03d\t0\t0\t1\n", i)
	}
	for _, tt := range []struct {
		name, status string
		code         int
		flags, says  []string
	}{
		{"a later WARNING hides an earlier CRITICAL", "aaa\t500\t0\t1\nzzz\t20\t0\t1\n", 2, []string{"--waiting-warning", "10", "--waiting-critical", "100"}, []string{"aaa: 500 jobs waiting (critical 100);", "zzz: 20 jobs waiting (warning 10)"}},
		{"only the last queue's text is shown", "aaa\t500\t0\t1\nbbb\t600\t0\t1\n", 2, []string{"--waiting-critical", "100"}, []string{"aaa: 500", "bbb: 600"}},
		{"an unknown queue", "aaa\t0\t0\t1\n", 3, []string{"nosuch"}, []string{"nosuch: unknown queue"}},
		{"over 512 queues", many.String() + "zlast\t1400\t0\t0\n", 2, nil, []string{"zlast: 1,400 jobs waiting without any worker"}},
		{"a blank in a queue name", "my group\t1\t0\t0\nother\t0\t0\t1\n", 2, nil, []string{"my group: 1 job waiting without any worker", "'my group_waiting'=1;;;0 'my group_running'=0;;;0", "other_worker=1;;;0"}},
		{"a queue without worker that was asked for", "aaa\t0\t0\t0\n", 2, []string{"aaa"}, []string{"aaa: no worker"}},
		{"too few workers", "aaa\t0\t0\t2\n", 2, []string{"--workers-critical", "3:"}, []string{"aaa: 2 workers (critical 3:)"}},
		{"too many workers", "aaa\t0\t0\t30\n", 2, []string{"--workers-critical", ":25"}, []string{"aaa: 30 workers (critical :25)"}},
		{"a line that cannot be read", "aaa\t0\t0\t1\nbbb\tx\t0\t1\n", 3, nil, []string{"line 2 of its status cannot be read"}},
		{"more running than there are", "aaa\t1\t2\t1\n", 3, nil, []string{"line 1 of its status cannot be read"}},
		{"a required queue that is not there", "aaa\t0\t0\t1\n", 2, []string{"--require", "bbb"}, []string{"bbb: required, and the server does not know it"}},
		{"a required queue without worker", "aaa\t0\t0\t0\n", 2, []string{"--require", "aaa"}, []string{"aaa: no worker"}},
		{"a rule that matches no queue", "aaa\t0\t0\t1\n", 3, []string{"--rule", "hostgroup_*:workers=1:"}, []string{`rule "hostgroup_*" matches no queue`}},
		{"a glob that matches no queue", "aaa\t0\t0\t1\n", 3, []string{"hostgroup_*"}, []string{`no queue matches "hostgroup_*"`}},
		{"a threshold that is none", "aaa\t0\t0\t1\n", 3, []string{"--waiting-critical", "20:10"}, []string{`"20:10": 20 is over 10`}},
		{"-s without -q", "aaa\t0\t0\t1\n", 3, []string{"--send", "x"}, []string{"--send goes with --probe-queue"}},
		{"-q of a job without -s", "aaa\t0\t0\t1\n", 3, []string{"--probe-queue", "aaa"}, []string{"--send TEXT is missing"}},
		{"a queue nobody asked about", "aaa\t0\t0\t0\n", 0, nil, []string{"1 queue"}},
		{"an excluded queue", "worker_old\t1\t0\t0\naaa\t0\t0\t1\n", 0, []string{"--exclude", "worker_*"}, []string{"1 queue"}},
		{"excluded and asked for", "aaa\t0\t0\t1\n", 3, []string{"aaa", "--exclude", "a*"}, []string{"asked for and excluded"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := gearctl(t, "", append([]string{"health", "-s", startStatus(t, tt.status)}, tt.flags...)...)
			if r.code != tt.code || !strings.HasPrefix(r.stdout, stateName(tt.code)+": ") {
				t.Errorf("code %d, want %d: %s%s", r.code, tt.code, r.stdout, r.stderr)
			}
			says(t, r.stdout, tt.says...)
		})
	}
}

// TestHelpIsNoOK is the fifth way of the Go check_gearman to say OK: a check that asks for help.
func TestHelpIsNoOK(t *testing.T) {
	if r := gearctl(t, "", "health", "--help"); r.code != stateUnknown || !strings.Contains(r.stdout, "--waiting-critical") {
		t.Errorf("code %d: %s", r.code, r.stdout)
	}
}

// TestASplitReplyIsReadWhole is the reply in two segments of which the C check_gearman reads one: OK, while 1400 jobs wait
// without workers.
func TestASplitReplyIsReadWhole(t *testing.T) {
	reply := "aaa\t5\t0\t1\nzzz\t1400\t0\t0\n.\n"
	for at := range len(reply) {
		addr := startBad(t, afterRequest(func(c net.Conn) {
			io.WriteString(c, reply[:at])
			io.WriteString(c, reply[at:])
			io.Copy(io.Discard, c)
		}))
		says(t, health(t, stateCritical, "-s", addr, "--timeout", "1s"), "zzz: 1,400 jobs waiting without any worker|")
	}
}

// TestACutReplyIsNeverOK: the server goes away, or goes silent, after each byte of a reply without any alarm.
func TestACutReplyIsNeverOK(t *testing.T) {
	reply := "aaa\t5\t0\t1\nzzz\t0\t0\t1\n.\n"
	health(t, stateOK, "-s", startStatus(t, strings.TrimSuffix(reply, ".\n")))
	for at := range len(reply) {
		cut := startBad(t, afterRequest(func(c net.Conn) { io.WriteString(c, reply[:at]) }))
		says(t, health(t, stateCritical, "-s", cut), "the server closed the connection")
	}
	for _, at := range []int{0, 1, 9, 12, len(reply) - 2, len(reply) - 1} {
		silent := startBad(t, afterRequest(func(c net.Conn) {
			io.WriteString(c, reply[:at])
			io.Copy(io.Discard, c)
		}))
		says(t, health(t, stateCritical, "-s", silent, "--timeout", "50ms"), "no answer within 50ms")
	}
}

func TestServersThatMisbehave(t *testing.T) {
	for name, h := range hostilities {
		if name == "escapes" || name == "split" { // these answer in full
			continue
		}
		r := gearctl(t, "", "health", "-s", startBad(t, h), "--timeout", "200ms", "--perfdata", "none")
		want := stateCritical
		if name == "badline" {
			want = stateUnknown
		}
		if r.code != want || r.stderr != "" || strings.ContainsAny(r.stdout, "\x1b\x00") {
			t.Errorf("%s: code %d, %q, %q", name, r.code, r.stdout, r.stderr)
		}
	}
}

// TestTwentyServersOfWhichThreeAreSilent: each is named, and no other's answer is lost.
func TestTwentyServersOfWhichThreeAreSilent(t *testing.T) {
	var servers []string
	for i := range 20 {
		if i%7 == 3 {
			servers = append(servers, startSilent(t))
			continue
		}
		servers = append(servers, startStatus(t, fmt.Sprintf("q%d\t%d\t0\t1\n", i, i)))
	}
	out := health(t, stateCritical, "-s", strings.Join(servers, ","), "--timeout", "500ms", "--waiting-warning", "18")
	says(t, out, servers[3]+": no answer within 500ms", servers[10]+": no answer within 500ms", servers[17]+": no answer within 500ms",
		"; and 1 more|", "WARNING: q19 on "+servers[19]+": 19 jobs waiting (warning 18)", "servers=17;;;0;20")
	if strings.Count(out, "no answer within") != 6 { // in the line, and each below
		t.Error(out)
	}
}

// TestOneDeadServerIsNotHiddenByTheOther: the C check_gearman looks at its last -H only.
func TestOneDeadServerIsNotHiddenByTheOther(t *testing.T) {
	good, crowded := startStatus(t, "aaa\t0\t0\t1\n"), startStatus(t, "aaa\t9\t0\t0\n")
	for _, servers := range []string{"127.0.0.1:1," + good, good + ",127.0.0.1:1"} {
		says(t, health(t, stateCritical, "-s", servers), "127.0.0.1:1: cannot be reached: connection refused|")
	}
	for _, servers := range []string{crowded + "," + good, good + "," + crowded} {
		says(t, health(t, stateCritical, "-s", servers), "aaa on "+crowded+": 9 jobs waiting without any worker|", good+"/aaa_waiting=0;;;0")
	}
	says(t, health(t, stateCritical, "-s", "gearman.invalid"), "gearman.invalid:4730: cannot be reached")
	says(t, health(t, stateCritical, "-s", startSilent(t), "--timeout", "50ms"), "no answer within 50ms")
}

func TestWorstStateWins(t *testing.T) {
	for _, tt := range []struct{ a, b, want int }{
		{stateOK, stateUnknown, stateUnknown},
		{stateUnknown, stateWarning, stateWarning},
		{stateWarning, stateCritical, stateCritical},
		{stateCritical, stateUnknown, stateCritical},
		{stateOK, stateOK, stateOK},
	} {
		if got := worse(tt.a, tt.b); got != tt.want || worse(tt.b, tt.a) != tt.want {
			t.Errorf("worse(%d, %d) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestPriorities: gearmand before 1.1.20 counts wrong, and then nothing is known.
func TestPriorities(t *testing.T) {
	for _, tt := range []struct {
		version, says string
		code          int
	}{
		{"OK 1.1.20+ds\n", "aaa: 7 jobs waiting of low priority (critical 5)", stateCritical},
		{"OK 1.1.19\n", "gearmand 1.1.19 has no right counts in prioritystatus", stateUnknown},
		{"OK 1.1.14\n", "gearmand 1.1.14 has no", stateUnknown},
	} {
		addr := startBad(t, answeringLines(map[string]string{"status": "aaa\t9\t0\t1\n.\n", "version": tt.version, "prioritystatus": "aaa\t1\t1\t7\t1\n.\n"}))
		says(t, health(t, tt.code, "-s", addr, "--priorities", "--low-critical", "5", "--high-warning", "1"), tt.says)
	}
	missing := startBad(t, answeringLines(map[string]string{"status": "aaa\t9\t0\t1\n.\n", "version": "OK 1.1.20\n", "prioritystatus": ".\n"}))
	says(t, health(t, stateUnknown, "-s", missing, "--priorities", "--low-critical", "5"), "aaa: the server does not tell its jobs by priority")
}

// TestWhatWasSeenIsTold also when a server goes silent after it.
func TestWhatWasSeenIsTold(t *testing.T) {
	addr := startBad(t, answeringLines(map[string]string{"status": "aaa\t5\t0\t0\nservice\t0\t0\t1\n.\n"}))
	for _, more := range []string{"--end-to-end", "--probe=aaa"} {
		says(t, health(t, stateCritical, "-s", addr, "--timeout", "300ms", "--no-encryption", more), "aaa: 5 jobs waiting without any worker; ", "servers=1;;;0;1 waiting=5;")
	}
}

// TestPhantomsNameTheirCure: what waits without worker and was cancelled, may be, and is not.
func TestPhantomsNameTheirCure(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		submitCancelled(t, addr, "it's gone")
		says(t, health(t, stateCritical, "-s", addr), "it's gone: 1 job waiting without any worker|",
			"\nnote: "+addr+": all its jobs are cancelled or abandoned ones; to sweep them: gearctl -s "+addr+` queue gc 'it'\''s gone'`+"\n")
		gearctl(t, "", "-s", addr, "submit", "-b", "live", "x")
		gearctl(t, "", "-s", addr, "submit", "-b", "crowded", "x", "y")
		says(t, health(t, stateCritical, "-s", addr), "may be cancelled or abandoned ones, of which the server has 1; to sweep them: gearctl -s "+addr+` queue gc 'it'\''s gone' live`+"\n")
		if out := health(t, stateCritical, "-s", addr, "crowded"); strings.Contains(out, "note:") {
			t.Error(out)
		}
		gearctl(t, "", "-s", addr, "queue", "gc", "it's gone", "--yes")
		if out := health(t, stateCritical, "-s", addr); strings.Contains(out, "note:") {
			t.Error(out)
		}
	})
	many := startBad(t, answeringLines(map[string]string{"status": "aaa\t90000\t0\t0\n.\n"})) // is not asked for its jobs
	says(t, health(t, stateCritical, "-s", many), "may be cancelled or abandoned ones; to sweep them:")
}

// TestHealthAsksOnce: where all is well there is nothing to ask after the status.
func TestHealthAsksOnce(t *testing.T) {
	var reply strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&reply, "q%d\t0\t0\t%d\n", i, i%2)
	}
	r := gearctl(t, "", "health", "-s", startStatus(t, reply.String()), "--trace", "--perfdata", "none")
	if r.code != stateOK || strings.Count(r.stderr, " > ") != 1 {
		t.Errorf("code %d, sent %d lines", r.code, strings.Count(r.stderr, " > "))
	}
}

// answeringLines answers admin commands.
func answeringLines(answers map[string]string) hostility {
	return func(c net.Conn) {
		r := wire.NewReader(c)
		for {
			line, err := r.ReadLine()
			if err != nil {
				return
			}
			io.WriteString(c, answers[string(line)])
		}
	}
}

// TestStalled plays what a server says at each look.
func TestStalled(t *testing.T) {
	for _, tt := range []struct {
		name, first, then string // then is said at all later looks
		code              int
		says              string
	}{
		{"nobody takes a job", "aaa\t5\t0\t2\n", "aaa\t5\t0\t2\n", stateCritical, "aaa: stalled: 5 jobs waiting for 100ms, none of the 2 workers took one"},
		{"it grows", "aaa\t5\t0\t2\n", "aaa\t9\t0\t2\n", stateCritical, "aaa: stalled: 9 jobs waiting for 100ms"},
		{"running jobs hang, or it is overrun", "aaa\t5\t2\t2\n", "aaa\t9\t2\t2\n", stateWarning, "aaa: stalled: 3 then 7 waiting after 100ms, with 2 running all the time and 2 workers"},
		{"it falls", "aaa\t5\t0\t2\n", "aaa\t4\t0\t2\n", stateOK, ""},
		{"jobs are taken and none ends", "aaa\t5\t1\t2\n", "aaa\t6\t2\t2\n", stateWarning, "aaa: stalled: 4 then 4 waiting after 100ms: jobs were taken by 2 workers, and none was seen to end"},
		{"empty", "aaa\t0\t0\t2\n", "aaa\t0\t0\t2\n", stateOK, ""},
		{"the last worker leaves", "aaa\t5\t0\t2\n", "aaa\t5\t0\t0\n", stateCritical, "aaa: 5 jobs waiting without any worker: the last one left meanwhile"},
		{"gone", "aaa\t5\t0\t2\n", "bbb\t0\t0\t2\n", stateUnknown, "aaa: jobs waited, and then the server did not know it any more"},
		{"a line that cannot be read", "aaa\t5\t0\t2\n", "aaa\t5\t6\t2x\n", stateUnknown, "line 1 of its status cannot be read"},
		{"half an answer", "aaa\t5\t0\t2\n", "", stateCritical, "status: the server closed the connection"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr := startBad(t, func(c net.Conn) {
				r := wire.NewReader(c)
				for reply := tt.first; ; reply = tt.then {
					if _, err := r.ReadLine(); err != nil || reply == "" {
						return
					}
					io.WriteString(c, reply+".\n")
				}
			})
			says(t, health(t, tt.code, "-s", addr, "--stalled", "100ms"), tt.says)
		})
	}
}

func TestStalledFitsIntoTheTimeout(t *testing.T) {
	for _, timeout := range []string{"10s", "5s"} { // 5s is the default, too
		says(t, gearctl(t, "", "health", "--stalled", "30s", "--timeout", timeout).stdout, "UNKNOWN: --stalled 30s does not fit into --timeout "+timeout)
	}
	t.Setenv("GEARCTL_TIMEOUT", "5s")
	says(t, gearctl(t, "", "health", "--stalled", "30s").stdout, "UNKNOWN: --stalled 30s does not fit into --timeout 5s")
	for _, tt := range []struct {
		timeout, stalled time.Duration
		given            bool
		want             time.Duration
	}{
		{wire.DefaultTimeout, 30 * time.Second, false, 35 * time.Second},
		{wire.DefaultTimeout, 2 * time.Second, false, wire.DefaultTimeout},
		{40 * time.Second, 30 * time.Second, true, 40 * time.Second},
	} {
		o := &healthOptions{stalled: tt.stalled}
		if err := o.setTotal(tt.timeout, tt.given); err != nil || o.total != tt.want {
			t.Errorf("%v in %v: total %v, %v", tt.stalled, tt.timeout, o.total, err)
		}
	}
}
