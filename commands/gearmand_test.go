package commands_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// gearmandStep is a command line on a real gearmand, of words separated by blanks, _ being a blank in a word. stdout
// and stderr are patterns.
type gearmandStep struct {
	line           string
	code           int
	stdout, stderr string
}

// gearmandSteps are what the scripts try on the embedded server, in an order in which one leads to the next.
var gearmandSteps = []gearmandStep{
	{"workers", 0, `^no workers\n$`, `^$`},
	{"workers --all -o jsonl", 0, `^(\{"server":"[^"]+","fd":\d+,"address":"127.0.0.1","id":"-","functions":\[\]\}\n)+$`, `^$`},
	{"jobs", 0, `^no jobs\n$`, `^$`},
	{"ping --count 3 --interval 1ms -o template={{.received}}", 0, `^3\n$`, `^$`},
	{"raw status", 0, `^\.\n$`, `^$`},
	{"raw verbose", 0, `^OK INFO\n$`, `^$`},
	{"raw frobnicate", 1, `^ERR UNKNOWN_COMMAND Unknown\+server\+commandfrobnicate\n$`, `rejected "`},
	{"raw shutdown", 1, `^ERR UNKNOWN_COMMAND`, `rejected "`},
	{"raw maxqueue a 1 2 3 4", 2, `^$`, `6 words`},
	{"queue create a b", 0, `a +created\nb +created`, `^$`},
	{"queue create a", 0, `a +exists`, `^$`},
	{"queue create x_y", 2, `^$`, `submit --background 'x y' DATA`},
	{"queue drop a --dry-run", 0, `a +would be dropped`, `^$`},
	{"queue drop a --yes", 0, `a +dropped`, `^$`},
	{"queue drop a --yes", 1, `^$`, `unknown queue "a"`},
	{"raw drop function a", 1, `^ERR function not found\n$`, `rejected`},
	{"submit -b full x", 0, `H:g:1 `, `^$`},
	{"queue drop full --yes", 1, `^$`, `it still has 1 job`},
	{"queue drop busy --yes", 1, `^$`, `unknown queue "busy"`},
	{"queue create Twin", 0, `created`, `^$`},
	{"submit -b twin x", 0, `H:g:2 `, `^$`},
	{"queue drop Twin --yes", 1, `^$`, `would also drop twin`},
	{"queue drop full b nosuch --yes", 4, `b +dropped`, `it still has 1 job(?s).*unknown queue "nosuch"`},
	{"queue limit full 1", 0, `limited to 1`, `^$`},
	{"submit -b full y", 1, `refused`, `server error "QUEUE_ERROR": "Job queue is full"`},
	{"queue limit full 0", 0, `limited to 0`, `^$`},
	{"submit -b full y", 0, `H:g:3 `, `^$`},
	{"queue limit full 9 2 9", 0, `limited to 9 2 9`, `^$`},
	{"submit -b full z", 1, `refused`, `Job queue is full`},
	{"submit -b full z --priority high --unique key", 0, `H:g:4 `, `^$`},
	{"queue limit nosuch 1", 1, `^$`, `unknown queue`},
	{"jobs --sort handle -o template={{.handle}}_{{.ignored}}_{{.background}}", 0, `H:g:1 false true\nH:g:2 false true\nH:g:3 false true\nH:g:4 false true\n$`, `^$`},
	{"jobs --unique", 0, `\nkey\n`, `^$`},
	{"job status H:g:1 -o jsonl", 0, `"known":true,"running":false,"numerator":0,"denominator":0,"clients":null`, `^$`},
	{"job status --unique key -o jsonl", 0, `"unique":"key","known":true,"running":false,"numerator":0,"denominator":0,"clients":0`, `^$`},
	{"job status H:g:99", 1, `no `, `finished, lost, or on another server`},
	{"job status H:g:99 --watch --interval 1ms", 1, `no `, `finished, lost, or on another server`},
	{"job cancel H:g:1 --dry-run", 0, `H:g:1 +yes +waiting`, `^$`},
	{"job cancel H:g:1", 2, `^$`, `add --yes to confirm`},
	{"job cancel H:g:1 --yes", 0, `H:g:1 +yes +waiting`, `^$`},
	{"jobs --sort handle -o template={{.ignored}}", 0, `^true\nfalse\n`, `^$`},
	{"status full -o template={{.total}}", 0, `^3\n$`, `^$`},
	{"job cancel H:g:99 --yes", 1, ``, `finished, lost, or on another server`},
	{"job cancel H:g:2 --yes --sweep twin", 0, `H:g:2 +yes`, `^$`},
	{"status twin -o template={{.total}}", 0, `^0\n$`, `^$`},
	{"job cancel H:g:3 --yes --sweep full", 0, `H:g:3 +yes`, `full on .* has live jobs`},
	{"drain full --yes -o raw", 0, `^z\n$`, `^$`},
	{"status full -o template={{.total}}", 0, `^0\n$`, `^$`},
	{"status -o template={{.queue}}", 0, `^(full|Twin|twin)\n(full|Twin|twin)\n(full|Twin|twin)\n$`, `^$`}, // no canary is left
	{"queue drop full --yes", 0, `dropped`, `^$`},
	{"version", 0, `\d+\.\d+`, `^$`},
}

func TestCommandsOnGearmand(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t, "--job-handle-prefix=H:g")
	for _, s := range gearmandSteps {
		runGearmandStep(t, addr, s)
	}
	stop, err := servertest.Serve(addr, "busy", "upper")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for _, s := range []gearmandStep{
		{"workers", 0, `\d+  127.0.0.1  -   busy\n$`, `^$`},
		{"workers nosuch*", 1, `^(no workers\n)?$`, `no worker serves a queue that matches "nosuch\*"`},
		{"queue drop busy --yes", 1, `^$`, `it still has 1 worker`},
	} {
		runGearmandStep(t, addr, s)
	}
}

func runGearmandStep(t *testing.T, addr string, s gearmandStep) {
	t.Helper()
	words := strings.Fields(s.line)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "_", " ")
	}
	got := commandtest.Gearctl(t, "", append([]string{"-s", addr}, words...)...)
	if !got.Matches(s.code, s.stdout, s.stderr) {
		t.Errorf("%s: got exit code %d, stdout %q, stderr %q, want %d, %q, %q", s.line, got.Code, got.Stdout, got.Stderr, s.code, s.stdout, s.stderr)
	}
}

func TestARawLineHoldsNoLineEnd(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"status\r\nversion", "status\nversion", "status\x00"} {
		got := commandtest.Gearctl(t, "", "raw", word)
		if got.Code != 2 || got.Stdout != "" || !strings.Contains(got.Stderr, "newlines and NUL bytes") {
			t.Errorf("raw %q: got %+v, want exit code 2", word, got)
		}
	}
}
