package health_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// health runs health and checks the code, and that the first line begins with the state and everything is on stdout.
func health(t *testing.T, code int, argv ...string) string {
	t.Helper()
	r := commandtest.Gearctl(t, "", append([]string{"health"}, argv...)...)
	if r.Code != code || !strings.HasPrefix(r.Stdout, commandtest.StateName(code)+": ") || r.Stderr != "" {
		t.Errorf("health %q: code %d, want %d; stdout %q, stderr %q", argv, r.Code, code, r.Stdout, r.Stderr)
	}
	return r.Stdout
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
	t.Parallel()
	var many strings.Builder
	for i := range 600 {
		fmt.Fprintf(&many, "q%03d\t0\t0\t1\n", i)
	}
	var doubtful strings.Builder
	for i := range 30 {
		fmt.Fprintf(&doubtful, "d%02d\t1\t2\t1\n", i)
	}
	for _, tt := range []struct {
		name, status string
		code         int
		flags, says  []string
	}{
		{"a later WARNING hides an earlier CRITICAL", "aaa\t500\t0\t1\nzzz\t20\t0\t1\n", 2, []string{"--waiting-warning", "10", "--waiting-critical", "100"}, []string{"aaa: 500 jobs waiting (critical 100);", "zzz: 20 jobs waiting (warning 10)"}},
		{"only the last queue's text is shown", "aaa\t500\t0\t1\nbbb\t600\t0\t1\n", 2, []string{"--waiting-critical", "100"}, []string{"aaa: 500", "bbb: 600"}},
		{"an unknown queue", "aaa\t0\t0\t1\n", 3, []string{"nosuch"}, []string{"nosuch: unknown queue"}},
		{"over 512 queues", many.String() + "zlast\t1400\t0\t0\n", 2, nil, []string{"zlast: 1,400 jobs waiting without a worker"}},
		{"a blank in a queue name", "my group\t1\t0\t0\nother\t0\t0\t1\n", 2, nil, []string{"my group: 1 job waiting without a worker", "'my group_waiting'=1;;;0 'my group_running'=0;;;0", "other_worker=1;;;0"}},
		{"a queue without worker that was asked for", "aaa\t0\t0\t0\n", 2, []string{"aaa"}, []string{"aaa: no worker"}},
		{"too few workers", "aaa\t0\t0\t2\n", 2, []string{"--workers-critical", "3:"}, []string{"aaa: 2 workers (critical 3:)"}},
		{"too many workers", "aaa\t0\t0\t30\n", 2, []string{"--workers-critical", ":25"}, []string{"aaa: 30 workers (critical :25)"}},
		{"a line that cannot be read", "aaa\t0\t0\t1\nbbb\tx\t0\t1\n", 3, nil, []string{"cannot parse line 2 of its status"}},
		{"a line that cannot be read, after more doubtful ones than are kept", doubtful.String() + "bbb\tx\t0\t1\naaa\t0\t0\t1\n", 3, []string{"aaa"}, []string{"cannot parse line "}},
		{"more running than there are", "aaa\t1\t2\t1\n", 3, nil, []string{"aaa: more jobs running (2) than there are (1)"}},
		{"a required queue that is not there", "aaa\t0\t0\t1\n", 2, []string{"--require", "bbb"}, []string{"bbb: required queue does not exist"}},
		{"a required queue without worker", "aaa\t0\t0\t0\n", 2, []string{"--require", "aaa"}, []string{"aaa: no worker"}},
		{"a rule that matches no queue", "aaa\t0\t0\t1\n", 3, []string{"--rule", "hostgroup_*:workers=1:"}, []string{`rule "hostgroup_*" matches no queue`}},
		{"a glob that matches no queue", "aaa\t0\t0\t1\n", 3, []string{"hostgroup_*"}, []string{`no queue matches "hostgroup_*"`}},
		{"a threshold that is none", "aaa\t0\t0\t1\n", 3, []string{"--waiting-critical", "20:10"}, []string{`"20:10": 20 is over 10`}},
		{"-s without -q", "aaa\t0\t0\t1\n", 3, []string{"--send", "x"}, []string{"--send goes with --probe-queue"}},
		{"-q of a job without -s", "aaa\t0\t0\t1\n", 3, []string{"--probe-queue", "aaa"}, []string{"--probe-queue needs --send TEXT"}},
		{"a queue nobody asked about", "aaa\t0\t0\t0\n", 0, nil, []string{"1 queue"}},
		{"an excluded queue", "worker_old\t1\t0\t0\naaa\t0\t0\t1\n", 0, []string{"--exclude", "worker_*"}, []string{"1 queue"}},
		{"excluded and asked for", "aaa\t0\t0\t1\n", 3, []string{"aaa", "--exclude", "a*"}, []string{"both requested and excluded"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := commandtest.Gearctl(t, "", append([]string{"health", "-s", servertest.StartStatus(t, tt.status)}, tt.flags...)...)
			if r.Code != tt.code || !strings.HasPrefix(r.Stdout, commandtest.StateName(tt.code)+": ") {
				t.Errorf("code %d, want %d: %s%s", r.Code, tt.code, r.Stdout, r.Stderr)
			}
			says(t, r.Stdout, tt.says...)
		})
	}
}

// TestHelpIsNoOK is the fifth way of the Go check_gearman to say OK: a check that asks for help.
func TestHelpIsNoOK(t *testing.T) {
	t.Parallel()
	if r := commandtest.Gearctl(t, "", "health", "--help"); r.Code != commandtest.StateUnknown || !strings.Contains(r.Stdout, "--waiting-critical") {
		t.Errorf("code %d: %s", r.Code, r.Stdout)
	}
}

// healthOf is health of servers in memory, in fake time.
func healthOf(t *testing.T, servers map[string]servertest.Hostility, code int, argv ...string) (out string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		argv = append([]string{"health", "-s", strings.Join(slices.Sorted(maps.Keys(servers)), ",")}, argv...)
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), commandtest.Piped(servers), argv...)
		if r.Code != code || !strings.HasPrefix(r.Stdout, commandtest.StateName(code)+": ") || r.Stderr != "" {
			t.Errorf("%q: code %d, want %d; stdout %q, stderr %q", argv, r.Code, code, r.Stdout, r.Stderr)
		}
		out = r.Stdout
		time.Sleep(time.Minute) // of the bubble: the servers notice that the client has left
	})
	return out
}

// answering answers the first request with parts of a reply, and goes silent.
func answering(parts ...string) servertest.Hostility {
	return servertest.AfterRequest(func(c net.Conn) {
		for _, part := range parts {
			io.WriteString(c, part)
		}
		io.Copy(io.Discard, c)
	})
}

// one is a server at the address gm:4730.
func one(serve servertest.Hostility) map[string]servertest.Hostility {
	return map[string]servertest.Hostility{"gm:4730": serve}
}

// TestASplitReplyIsReadWhole is the reply in two segments of which the C check_gearman reads one: OK, while 1400 jobs wait
// without workers.
func TestASplitReplyIsReadWhole(t *testing.T) {
	t.Parallel()
	reply := "aaa\t5\t0\t1\nzzz\t1400\t0\t0\n.\n"
	for at := range len(reply) {
		says(t, healthOf(t, one(answering(reply[:at], reply[at:])), commandtest.StateCritical), "zzz: 1,400 jobs waiting without a worker|")
	}
}

// TestACutReplyIsNeverOK: the server goes away, or goes silent, after each byte of a reply without any alarm.
func TestACutReplyIsNeverOK(t *testing.T) {
	t.Parallel()
	reply := "aaa\t5\t0\t1\nzzz\t0\t0\t1\n.\n"
	healthOf(t, one(answering(reply)), commandtest.StateOK)
	for at := range len(reply) {
		cut := servertest.AfterRequest(func(c net.Conn) { io.WriteString(c, reply[:at]) })
		says(t, healthOf(t, one(cut), commandtest.StateCritical), "the server closed the connection")
		says(t, healthOf(t, one(answering(reply[:at])), commandtest.StateCritical, "--timeout", "2s"), "no answer within 2s")
	}
}

func TestServersThatMisbehave(t *testing.T) {
	t.Parallel()
	for name, h := range servertest.Hostilities {
		if name == "escapes" || name == "split" { // these answer in full
			continue
		}
		want := commandtest.StateCritical
		if name == "badline" {
			want = commandtest.StateUnknown
		}
		if out := healthOf(t, one(h), want, "--perfdata", "none"); strings.ContainsAny(out, "\x1b\x00") {
			t.Errorf("%s: %q", name, out)
		}
	}
}

// TestTwentyServersOfWhichThreeAreSilent: each is named, and no other's answer is lost.
func TestTwentyServersOfWhichThreeAreSilent(t *testing.T) {
	t.Parallel()
	servers := map[string]servertest.Hostility{}
	for i := range 20 {
		addr := fmt.Sprintf("gm%02d:4730", i)
		if servers[addr] = answering(fmt.Sprintf("q%d\t%d\t0\t1\n.\n", i, i)); i%7 == 3 {
			servers[addr] = servertest.Hostilities["silent"]
		}
	}
	out := healthOf(t, servers, commandtest.StateCritical, "--timeout", "2s", "--waiting-warning", "18")
	says(t, out, "gm03:4730: no answer within 2s", "gm10:4730: no answer within 2s", "gm17:4730: no answer within 2s",
		"; and 1 more|", "WARNING: q19 on gm19:4730: 19 jobs waiting (warning 18)", "servers=17;;;0;20")
	if strings.Count(out, "no answer within") != 6 { // in the line, and each below
		t.Error(out)
	}
}

// TestOneDeadServerIsNotHiddenByTheOther: the C check_gearman looks at its last -H only.
func TestOneDeadServerIsNotHiddenByTheOther(t *testing.T) {
	t.Parallel()
	good, crowded := servertest.StartStatus(t, "aaa\t0\t0\t1\n"), servertest.StartStatus(t, "aaa\t9\t0\t0\n")
	for _, servers := range []string{"127.0.0.1:1," + good, good + ",127.0.0.1:1"} {
		says(t, health(t, commandtest.StateCritical, "-s", servers), "127.0.0.1:1: cannot be reached: connection refused|")
	}
	for _, servers := range []string{crowded + "," + good, good + "," + crowded} {
		says(t, health(t, commandtest.StateCritical, "-s", servers), "aaa on "+crowded+": 9 jobs waiting without a worker|", good+"/aaa_waiting=0;;;0")
	}
	says(t, health(t, commandtest.StateCritical, "-s", "gearman.invalid"), "gearman.invalid:4730: cannot be reached")
	says(t, healthOf(t, one(servertest.Hostilities["silent"]), commandtest.StateCritical), "no answer within ")
}

// TestPriorities: gearmand before 1.1.20 counts wrong, and then nothing is known.
func TestPriorities(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		version, says string
		code          int
	}{
		{"OK 1.1.20+ds\n", "aaa: 7 jobs waiting of low priority (critical 5)", commandtest.StateCritical},
		{"OK 1.1.19\n", "gearmand 1.1.19 has no right counts in prioritystatus", commandtest.StateUnknown},
		{"OK 1.1.14\n", "gearmand 1.1.14 has no", commandtest.StateUnknown},
	} {
		addr := servertest.StartBad(t, servertest.AnsweringLines(map[string]string{"status": "aaa\t9\t0\t1\n.\n", "version": tt.version, "prioritystatus": "aaa\t1\t1\t7\t1\n.\n"}))
		says(t, health(t, tt.code, "-s", addr, "--priorities", "--low-critical", "5", "--high-warning", "1"), tt.says)
	}
	missing := servertest.StartBad(t, servertest.AnsweringLines(map[string]string{"status": "aaa\t9\t0\t1\n.\n", "version": "OK 1.1.20\n", "prioritystatus": ".\n"}))
	says(t, health(t, commandtest.StateUnknown, "-s", missing, "--priorities", "--low-critical", "5"), "aaa: the server does not report jobs by priority")
}

// TestWhatWasSeenIsTold also when a server goes silent after it.
func TestWhatWasSeenIsTold(t *testing.T) {
	t.Parallel()
	silent := servertest.AnsweringLines(map[string]string{"status": "aaa\t5\t0\t0\nservice\t0\t0\t1\n.\n"})
	for _, more := range []string{"--end-to-end", "--probe=aaa"} {
		says(t, healthOf(t, one(silent), commandtest.StateCritical, "--no-encryption", more), "aaa: 5 jobs waiting without a worker; ", "servers=1;;;0;1 waiting=5;")
	}
}

// TestPhantomsNameTheirCure: what waits without worker and was cancelled, may be, and is not.
func TestPhantomsNameTheirCure(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		servertest.SubmitCancelled(t, addr, "it's gone")
		says(t, health(t, commandtest.StateCritical, "-s", addr), "it's gone: 1 job waiting without a worker|",
			"\nnote: "+addr+": all its jobs are cancelled or abandoned; to remove them: gearctl -s "+addr+` queue gc 'it'\''s gone'`+"\n")
		commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "live", "x")
		commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "crowded", "x", "y")
		says(t, health(t, commandtest.StateCritical, "-s", addr), "may be cancelled or abandoned (the server reports 1); to remove them: gearctl -s "+addr+` queue gc 'it'\''s gone' live`+"\n")
		if out := health(t, commandtest.StateCritical, "-s", addr, "crowded"); strings.Contains(out, "note:") {
			t.Error(out)
		}
		commandtest.Gearctl(t, "", "-s", addr, "queue", "gc", "it's gone", "--yes")
		if out := health(t, commandtest.StateCritical, "-s", addr); strings.Contains(out, "note:") {
			t.Error(out)
		}
	})
	t.Run("read-only", func(t *testing.T) { // which refuses queue gc
		t.Parallel()
		addr := servertest.Embedded(t)
		servertest.SubmitCancelled(t, addr, "gone")
		change := commandtest.Contexts(t, fmt.Sprintf("contexts: {prod: {servers: %q, read_only: true}}\n", addr))
		got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, "health", "-s", addr)
		if !strings.Contains(got.Stdout, addr+": all its jobs are cancelled or abandoned\n") {
			t.Errorf("got %+v", got)
		}
	})
	many := servertest.StartBad(t, servertest.AnsweringLines(map[string]string{"status": "aaa\t90000\t0\t0\n.\n"})) // is not asked for its jobs
	says(t, health(t, commandtest.StateCritical, "-s", many), "may be cancelled or abandoned; to remove them:")
}

// TestHealthAsksOnce: where all is well there is nothing to ask after the status.
func TestHealthAsksOnce(t *testing.T) {
	t.Parallel()
	var reply strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&reply, "q%d\t0\t0\t%d\n", i, i%2)
	}
	r := commandtest.Gearctl(t, "", "health", "-s", servertest.StartStatus(t, reply.String()), "--trace", "--perfdata", "none")
	if r.Code != commandtest.StateOK || strings.Count(r.Stderr, " > ") != 1 {
		t.Errorf("code %d, sent %d lines", r.Code, strings.Count(r.Stderr, " > "))
	}
}

// TestStalled plays what a server says at each look.
func TestStalled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, first, then string // then is said at all later looks
		code              int
		says              string
	}{
		{"nobody takes a job", "aaa\t5\t0\t2\n", "aaa\t5\t0\t2\n", commandtest.StateCritical, "aaa: stalled: 5 jobs waiting for 100ms, none of the 2 workers took a job"},
		{"one worker takes none", "aaa\t5\t0\t1\n", "aaa\t5\t0\t1\n", commandtest.StateCritical, "aaa: stalled: 5 jobs waiting for 100ms, its only worker took no job"},
		{"it grows", "aaa\t5\t0\t2\n", "aaa\t9\t0\t2\n", commandtest.StateCritical, "aaa: stalled: 9 jobs waiting for 100ms"},
		{"running jobs hang, or it is overrun", "aaa\t5\t2\t2\n", "aaa\t9\t2\t2\n", commandtest.StateWarning, "aaa: stalled: 3 then 7 waiting after 100ms, with 2 running throughout and 2 workers"},
		{"it falls", "aaa\t5\t0\t2\n", "aaa\t4\t0\t2\n", commandtest.StateOK, ""},
		{"jobs are taken and none ends", "aaa\t5\t1\t2\n", "aaa\t6\t2\t2\n", commandtest.StateWarning, "aaa: stalled: 4 then 4 waiting after 100ms: 2 workers took jobs but none finished"},
		{"empty", "aaa\t0\t0\t2\n", "aaa\t0\t0\t2\n", commandtest.StateOK, ""},
		{"the last worker leaves", "aaa\t5\t0\t2\n", "aaa\t5\t0\t0\n", commandtest.StateCritical, "aaa: 5 jobs waiting without a worker: the last one disconnected meanwhile"},
		{"gone", "aaa\t5\t0\t2\n", "bbb\t0\t0\t2\n", commandtest.StateUnknown, "aaa: jobs waited, then the queue disappeared"},
		{"a line that cannot be read", "aaa\t5\t0\t2\n", "aaa\t5\t6\t2x\n", commandtest.StateUnknown, "cannot parse line 1 of its status"},
		{"half an answer", "aaa\t5\t0\t2\n", "", commandtest.StateCritical, "status: the server closed the connection"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr := servertest.StartBad(t, func(c net.Conn) {
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
		says(t, commandtest.Gearctl(t, "", "health", "--stalled", "30s", "--timeout", timeout).Stdout, "UNKNOWN: --stalled 30s does not fit into --timeout "+timeout)
	}
	t.Setenv("GEARCTL_TIMEOUT", "5s")
	says(t, commandtest.Gearctl(t, "", "health", "--stalled", "30s").Stdout, "UNKNOWN: --stalled 30s does not fit into --timeout 5s")
}
