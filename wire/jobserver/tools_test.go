package jobserver_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// tool runs a program of gearmand's distribution against addr and returns what it printed.
func tool(t *testing.T, addr, binary string, args ...string) string {
	t.Helper()
	path := gearmandtest.Require(t, binary)
	host, port, _ := net.SplitHostPort(addr)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, append([]string{"-h", host, "-p", port}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", binary, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// workerTool runs a program until the test ends.
func workerTool(t *testing.T, path string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, args...)
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("start %s: %v", path, err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
	})
}

func TestGearadminAsksAndManages(t *testing.T) {
	_, addr := start(t, jobserver.Options{HandlePrefix: "H:test", Version: "9.9"})
	// gearadmin takes OK off, and makes Error: of ERR.
	for _, step := range []struct{ arg, want string }{
		{"--server-version", "9.9"},
		{"--create-function=resize", "OK\r\n"},
		{"--status", "resize\t0\t0\t0\n.\n"},
		{"--priority-status", "resize\t0\t0\t0\t0\n.\n"},
		{"--drop-function=resize", "OK\r\n"},
		{"--drop-function=resize", "Error: function not found"},
		{"--status", ".\n"},
		{"--cancel-job=H:test:1", "Error: UNKNOWN_JOB"},
		{"--show-jobs", ".\n"},
		{"--show-unique-jobs", ".\n"},
	} {
		if got := tool(t, addr, "gearadmin", step.arg); strings.TrimSpace(got) != strings.TrimSpace(step.want) {
			t.Errorf("gearadmin %s: got %q, want %q", step.arg, got, step.want)
		}
	}
	if got := tool(t, addr, "gearadmin", "--workers"); !strings.HasSuffix(got, " 127.0.0.1 - :\n.\n") {
		t.Errorf("gearadmin --workers: got %q, want its own connection", got)
	}
	if got, want := tool(t, addr, "gearadmin", "--getpid"), fmt.Sprintln(os.Getpid()); got != want {
		t.Errorf("gearadmin --getpid: got %q, want %q", got, want)
	}
}

func TestGearmanSubmitsAndWorks(t *testing.T) {
	_, addr := start(t, jobserver.Options{HandlePrefix: "H:test"})
	tool(t, addr, "gearman", "-b", "-f", "upper", "one")
	if got, want := tool(t, addr, "gearadmin", "--show-jobs"), "H:test:1\t0\t0\t1\n.\n"; strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("after gearman -b: got jobs %q, want %q", got, want)
	}
	host, port, _ := net.SplitHostPort(addr)
	workerTool(t, gearmandtest.Require(t, "gearman"), "-h", host, "-p", port, "-w", "-f", "upper", "--", "tr", "a-z", "A-Z")
	if got := tool(t, addr, "gearman", "-f", "upper", "two"); got != "TWO" {
		t.Errorf("gearman -f upper two: got %q, want TWO", got)
	}
	if got, want := tool(t, addr, "gearadmin", "--status"), "upper\t0\t0\t1\n.\n"; strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("in the end: got status %q, want %q", got, want)
	}
}

const (
	perlWorker = `use Gearman::Worker; my $w = Gearman::Worker->new(job_servers => [$ARGV[0]]);
$w->register_function("reverse", sub { $_[0]->set_status(1, 2); scalar reverse $_[0]->arg }); $w->work while 1;`
	perlClient = `use Gearman::Client; my $c = Gearman::Client->new(job_servers => [$ARGV[0]]);
my @status; my $r = $c->do_task("reverse", "hello", { uniq => "u", on_status => sub { @status = @_ } });
print "$$r @status ", $c->get_status($c->dispatch_background("reverse", "bg"))->known;`
)

func TestPerlSubmitsAndWorks(t *testing.T) {
	perl := gearmandtest.Require(t, "perl")
	for _, module := range []string{"-MGearman::Client", "-MGearman::Worker"} {
		if exec.Command(perl, module, "-e", "1").Run() != nil {
			gearmandtest.Missing(t, "Perl's "+strings.TrimPrefix(module, "-M"))
		}
	}
	_, addr := start(t, jobserver.Options{})
	workerTool(t, perl, "-e", perlWorker, addr)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, err := exec.CommandContext(ctx, perl, "-e", perlClient, addr).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(got), "olleh 1 2 ") {
		t.Errorf("perl client: got %q, %v, want %q", got, err, "olleh 1 2 …")
	}
}
