package compat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// forms are options of the old tools in the forms that their parsers take, and what comes of them. Every option of their
// manuals is here: TestEveryOptionIsTried.
var forms = []struct {
	tool, line string
	code       int
	says       string // on either stream
}{
	{"gearadmin", "--help", 0, "--create-function NAME"},
	{"gearadmin", "--he", 0, "--create-function NAME"},
	{"gearadmin", "-h {host} -p {port} --status", 0, "full\t2\t0\t0\n"},
	{"gearadmin", "-h{host} -p{port} --stat", 0, "full\t2\t0\t0\n"},
	{"gearadmin", "--host={host} --port={port} --status", 0, "full\t2\t0\t0\n"},
	{"gearadmin", "--hos {host} --por {port} --status ignored", 0, "full\t2\t0\t0\n"},
	{"gearadmin", "-p {port} --priority-status", 0, "full\t0\t2\t0\t0\n"},
	{"gearadmin", "-p {port} --priority", 0, "full\t0\t2\t0\t0\n"},
	{"gearadmin", "-p {port} --workers", 0, " 127.0.0.1 - : busy\n"},
	{"gearadmin", "-p {port} --server-version", 0, "1.1.20"},
	{"gearadmin", "-p {port} --server-verbose", 0, "INFO\n"},
	{"gearadmin", "-p {port} --show-jobs", 0, "\t0\t0\t1\n"},
	{"gearadmin", "-p {port} --show-unique-jobs", 0, "key-1\n"},
	{"gearadmin", "-p {port} --show-u", 0, "key-1\n"},
	{"gearadmin", "-p {port} --cancel-job H:none:9", 0, "Error: UNKNOWN_JOB"},
	{"gearadmin", "-p {port} --create-function=new", 0, "OK\n"},
	{"gearadmin", "-p {port} --drop-function none", 0, "Error: function not found"},
	{"gearadmin", "-p {port} --drop-function FULL", 1, `queue "FULL" has jobs`},
	{"gearadmin", "-p {port} --getpid", 0, "\n"},
	{"gearadmin", "-Sp {port} --status", 1, "Error: Error connecting to localhost."},
	{"gearadmin", "-p {port} --ssl --status", 1, "Error: Error connecting to localhost."},
	{"gearadmin", "-p {port} --s", 1, "option '--s' is ambiguous and matches '--server-verbose', '--server-version', '--show-jobs', '--show-unique-jobs', '--ssl', and '--status'\n"},
	{"gearadmin", "-p {port} --status=1", 1, "option '--status' does not take any arguments\n"},
	{"gearadmin", "--port= --status", 1, "the argument for option '--port' should follow immediately after the equal sign\n"},
	{"gearadmin", "-p {port} --cancel-job", 1, "the required argument for option '--cancel-job' is missing\n"},
	{"gearadmin", "-p {port} --status --status", 1, "option '--status' cannot be specified more than once\n"},
	{"gearadmin", "-p {port} --unknown", 1, "gearadmin : unrecognised option '--unknown'\n"},
	{"gearadmin", "-p {port} --shutdown", 1, "gearadmin has lost it with 1.1.15"},
	{"gearadmin", "-p {port}", 1, "No option execution operation given.\n"},
	{"gearadmin", "-p 1 --status", 1, "Error: Error connecting to localhost.\n"},

	{"gearman", "-H", 0, "-f FUNCTION"},
	{"gearman", "-f q", 1, "GEARMAN_COULD_NOT_CONNECT"},
	{"gearman", "-h {host} -p {port} -f q -b -v data", 0, "Task created: H:"},
	{"gearman", "-h{host} -p{port} -fq -bv data", 0, "Task created: H:"},
	{"gearman", "-p {port} -f q -b -I -v data", 0, "Task created: H:"},
	{"gearman", "-p {port} -f q -b -L -v data", 0, "Task created: H:"},
	{"gearman", "-p {port} -f q -f q2 -b -v data more", 0, "Task created: H:"},
	{"gearman", "-p {port} -f q -b -n -v", 0, ""},
	{"gearman", "-p {port} -f q -b -N -v", 0, ""},
	{"gearman", "-p {port} -f q -b -s -v", 0, "Task created: H:"},
	{"gearman", "-p {port} -f q -b -u key data", 0, ""},
	{"gearman", "-p {port} -f q -b -u - data", 0, ""},
	{"gearman", "-p {port} -f q -b -u # data", 0, ""},
	{"gearman", "-p {port} -f q -P -t 50 data", 1, "GEARMAN_TIMEOUT"},
	{"gearman", "-p {port} -f q -S -b data", 1, "GEARMAN_COULD_NOT_CONNECT"},
	{"gearman", "-p {port} -w -f full -c 1", 0, "one"},
	{"gearman", "-p {port} -w -f full -f other -c 2 -t 5000", 0, "one"},
	{"gearman", "-p {port} -w -n -f full -t 50", 0, "one"},
	{"gearman", "-p {port} -w -N -f full -t 50 -- cat", 0, ""},
	{"gearman", "-p {port} -w -P -b -I -s -f full -c 1", 0, "one"},
	{"gearman", "-p {port} -f q -i /nowhere/pid data", 1, "pid file"},
	{"gearman", "-p {port} -f q -d -i /nowhere/pid data", 0, ""},
	{"gearman", "-Z -f q data", 1, "Error in usage(-Z)"},
	{"gearman", "-p {port} -f", 1, "Error in usage(No Functions were provided)"},
	{"gearman", "-p {port} -f q -c x -w", 1, "Error in usage(-c x)"},
	{"gearman", "-p 1 -w -f q -c 1", 1, "GEARMAN_COULD_NOT_CONNECT"},

	{"gearman_top", "-b -H {addr}", 0, " full         |               0  |           2  |           0 \n"},
	{"gearman_top", "-bqs {addr}", 0, " full         |               0  |           2  |           0 \n"},
	{"gearman_top", "-b -H={addr} -t 3 -v", 0, " full         |               0  |           2  |           0 \n"},
	{"gearman_top", "-b -H 127.0.0.1:1 -H {addr}", 0, " failed to connect to address 127.0.0.1 and port 1: Connection refused\n"},
	{"gearman_top", "-i 1 -H {addr}", 0, "top needs a terminal"},
	{"gearman_top", "-h", 0, "-H HOST[:PORT]"},
	{"gearman_top", "-V", 0, "gearman_top: version test of gearctl\n\n"},
	{"gearman_top", "-Z", 0, "Error - No such option: `Z'"},

	{"check_gearman", "-H {addr}", 2, "Queue full has 2 jobs without any worker. |'broken_waiting'=0;10;100;0 'broken_running'=0 'broken_worker'=1;25;50;0 'busy_waiting'=0;10;100;0 'busy_running'=0 'busy_worker'=1;25;50;0 'chatty_waiting'=0;"},
	{"check_gearman", "-H{addr} -w1 -c2 -W3 -C4 -qfull -t5 -p 1", 2, "'full_waiting'=2;1;2;0 'full_running'=0 'full_worker'=0;3;4;0 \n"},
	{"check_gearman", "-H={addr} -q none", 1, "check_gearman WARNING - Queue none not found|\n"},
	{"check_gearman", "-H {addr} -q busy", 0, "check_gearman OK - 0 jobs running and 0 jobs waiting. Version: "},
	{"check_gearman", "-H {addr} -q idle -x", 2, "check_gearman CRITICAL - Queue idle has no worker. |"},
	{"check_gearman", "-H {addr} -q idle -x 0", 0, "check_gearman OK - "},
	{"check_gearman", "-H {addr} -q idle -x=0", 0, "check_gearman OK - "},
	{"check_gearman", "-H {addr} -q idle -x 1", 2, "Queue idle has no worker. "},
	{"check_gearman", "-H {addr} -q busy -W 1", 1, "check_gearman WARNING - Queue busy has 1 worker. |"},
	{"check_gearman", "-H {addr} -q busy -C 1", 2, "check_gearman CRITICAL - Queue busy has 1 worker. |"},
	{"check_gearman", "-H {addr} -q busy -s hello", 0, "check_gearman OK - hello\n"},
	{"check_gearman", "-H {addr} -q busy -s hello -e ell -u k", 0, "check_gearman OK - send worker 'hello' response: 'hello'\n"},
	{"check_gearman", "-H {addr} -q busy -s hello -e zzz -v", 2, "check_gearman CRITICAL - send worker: 'hello' response: 'hello', expected 'zzz'\n"},
	{"check_gearman", "-H {addr} -q busy -s 1:warned|a=1", 1, "warned|a=1\n"},
	{"check_gearman", "-H {addr} -q broken -s x", 2, "check_gearman CRITICAL - job failed: GEARMAN_WORK_FAIL\n"},
	{"check_gearman", "-H {addr} -q none -s x", 2, "check_gearman CRITICAL - job failed: GEARMAN_TIMEOUT: "},
	{"check_gearman", "-H 127.0.0.1:1 -q none -s x", 2, "check_gearman CRITICAL - job failed: GEARMAN_COULD_NOT_CONNECT: "},
	{"check_gearman", "-H {addr} -q later -s x -a", 0, "check_gearman OK - sending background job succeded\n"},
	{"check_gearman", "-H 127.0.0.1:1", 2, "check_gearman CRITICAL - failed to connect to address 127.0.0.1 and port 1: Connection refused\n"},
	{"check_gearman", "-h", 3, "-H HOST[:PORT]"},
	{"check_gearman", "-V", 3, "check_gearman: version test of gearctl\n\n"},
	{"check_gearman", "", 3, "Error - no hostname given\n\n"},
	{"check_gearman", "-H {addr} -s x", 3, "Error - need queue (-q) when sending job\n\n"},
	{"check_gearman", "-H {addr} -Z", 3, "Error - No such option: `Z'\n\n"},
	{"check_gearman", "-H {addr} -w ten", 3, "Error - -w ten: not a number\n\n"},

	{"send_gearman", "--server={addr} --host=h --message=m", 0, ""},
	{"send_gearman", "server={addr} host=h message=m --returncode=2", 0, ""},
	{"send_gearman", "-SERVER={addr} --host=h -m=m -r=2", 0, ""},
	{"send_gearman", "--server={addr} --host h -m m -r 2", 0, ""},
	{"send_gearman", "--server={addr} --host=h --service=s --message=m --return_code=2 --active --latency=0.5 --starttime=1700000000.25 --finishtime=1700000001", 0, ""},
	{"send_gearman", "--server={addr},127.0.0.1:1 --dupserver=127.0.0.1:1 --host=h --message=m --result_queue=results --key=12345678 --encryption=yes", 0, ""},
	{"send_gearman", "--server={addr} --host=h --message=m --keyfile={file} --password=x --encryption=no", 0, ""},
	{"send_gearman", "--server={addr} --host=h --message=m --retries=1 --retry-interval=1 --gearman_connection_timeout=2000 --debug=2", 0, ""},
	{"send_gearman", "--server={addr} --host=h --message=m --hosts=yes --max-worker=5 --daemon --pidfile=x perfdata=yes", 0, ""},
	{"send_gearman", "--server={addr} --host=h --timeout=1 -t=1", 3, "sending job to gearmand failed: stdin is empty"},
	{"send_gearman", "--server={addr}", 0, "0 data packet(s) sent to host successfully.\n"},
	{"send_gearman", "--server={addr} -d=; --delimiter=;", 0, "0 data packet(s) sent to host successfully.\n"},
	{"send_gearman", "--server={addr} -d ,", 0, "0 data packet(s) sent to host successfully.\n"},
	{"send_gearman", "--config={file}", 3, ":1: unknown option 'secret'"},
	{"send_gearman", "--config={conf}", 0, "0 data packet(s) sent to host successfully.\n"},
	{"send_gearman", "--config=/nowhere", 3, "no such file"},
	{"send_gearman", "--server=127.0.0.1:1 --host=h --message=m", 3, "sending job to gearmand failed: dial 127.0.0.1:1: connection refused\n"},
	{"send_gearman", "--server={addr} --host=h --message=m -r=7", 3, "r=7: not a return code from 0 to 3\n"},
	{"send_gearman", "--server={addr} --host=h --message=m --retrncode=2", 3, "unknown option 'retrncode'"},
	{"send_gearman", "--server={addr} --host=h --message=m --encryption=yes", 3, "no encryption key provided, please use --key=... or keyfile=... or disable encryption\n"},
	{"send_gearman", "--server={addr} --message=m", 3, "--message and --service need --host\n"},
	{"send_gearman", "--server={addr} --host=h --service= -r=2 --message=m", 3, "--service is empty; "},
	{"send_gearman", "--server={addr} --host= --message=m", 3, "no --host given"},
	{"send_gearman", "--server={addr} --host=h --message=m --latency=x", 3, "latency=x: not a number of seconds\n"},
	{"send_gearman", "--host=h --message=m", 3, "please specify at least one server\n"},
	{"send_gearman", "--help", 3, "--server=HOST[:PORT],…"},
	{"send_gearman", "-h", 3, "--server=HOST[:PORT],…"},
	{"send_gearman", "--version", 3, "send_gearman: version test of gearctl\n\n"},
	{"send_gearman", "-V", 3, "send_gearman: version test of gearctl\n\n"},

	{"send_multi", "--server={addr} --host=h", 3, "send_multi UNKNOWN: 0 check_multi child checks submitted\n"},
	{"send_multi", "--server={addr} --dupserver={addr} --config={conf} --host=h --key=x --keyfile={file} --encryption=no --result_queue=r -t=5 --timeout=5 --debug=1", 3, "send_multi UNKNOWN: 0 "},
	{"send_multi", "--server={addr}", 3, "got no hostname, please use --host=...\n"},
	{"send_multi", "--help", 3, "--host=HOST"},
	{"send_multi", "-h", 3, "--host=HOST"},
	{"send_multi", "-V", 3, "send_multi: version test of gearctl\n\n"},
	{"send_multi", "--version", 3, "send_multi: version test of gearctl\n\n"},
}

// TestOptions tries the options of the old tools on a real gearmand, whose queue full has two jobs, idle none, and busy and
// broken a worker each, that echoes or fails.
func TestOptions(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		t.Run(f.tool+" "+f.line, func(t *testing.T) {
			t.Parallel()
			addr := gearmandtest.Start(t)
			prepare(t, addr)
			got := old(t, "", f.tool, fill(t, f.line, addr)...)
			if got.Code != f.code || !strings.Contains(got.Stdout+got.Stderr, f.says) {
				t.Errorf("exit code %d, want %d; want %q in\n%s%s", got.Code, f.code, f.says, got.Stdout, got.Stderr)
			}
		})
	}
}

func prepare(t *testing.T, addr string) {
	t.Helper()
	for i, data := range []string{"one", "two"} {
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "full", "--unique", "key-"+string(rune('1'+i)), data), 0)
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "create", "idle"), 0)
	for queue, behaviour := range map[string]string{"busy": "echo", "broken": "fail", "chatty": "chatty", "exception": "exception"} {
		stop, err := servertest.Serve(addr, queue, behaviour)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
	}
}

// TestEveryOptionIsTried: each option that the help of a tool names is in a line of the table.
func TestEveryOptionIsTried(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"gearadmin", "gearman", "gearman_top", "check_gearman", "send_gearman", "send_multi"} {
		var lines []string
		for _, f := range forms {
			if f.tool == tool {
				lines = append(lines, " "+f.line+" ")
			}
		}
		tried := strings.Join(lines, "\n")
		options := 0
		for line := range strings.Lines(old(t, "", tool, map[bool]string{true: "--help", false: "-h"}[tool == "gearadmin"]).Stdout + old(t, "", tool, "-H").Stdout) {
			form, _, _ := strings.Cut(strings.TrimPrefix(line, "  "), "  ")
			if !strings.HasPrefix(line, "  -") {
				continue
			}
			for one := range strings.SplitSeq(form, ", ") {
				name, _, _ := strings.Cut(one, "=")
				name, _, _ = strings.Cut(name, " ")
				options++
				if !strings.Contains(tried, " "+name) && !inGroup(lines, name) {
					t.Errorf("%s %s is in no line of the table", tool, name)
				}
			}
		}
		if options < 9 {
			t.Errorf("%s: only %d options in its help", tool, options)
		}
	}
}

// TestUsageFitsIntoATerminal of 80 columns, and names every tool and what to use instead.
func TestUsageFitsIntoATerminal(t *testing.T) {
	t.Parallel()
	for tool, flag := range map[string]string{"gearadmin": "--help", "gearman": "-H", "gearman_top": "-h", "check_gearman": "-h", "send_gearman": "-h", "send_multi": "-h"} {
		usage := old(t, "", tool, flag).Stdout
		if !strings.HasPrefix(usage, tool+" of gearctl test: ") || !strings.HasSuffix(usage, "\nWhat to use instead: gearctl compat list\n") {
			t.Errorf("%s %s prints %q", tool, flag, usage)
		}
		for line := range strings.SplitSeq(usage, "\n") {
			if utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s %s: over 80 columns: %s", tool, flag, line)
			}
		}
	}
}

// inGroup reports whether a letter is in a group of letters.
func inGroup(lines []string, name string) bool {
	for _, line := range lines {
		for word := range strings.FieldsSeq(line) {
			if len(name) == 2 && strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.Contains(word, name[1:]) {
				return true
			}
		}
	}
	return false
}
