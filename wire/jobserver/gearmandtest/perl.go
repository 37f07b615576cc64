package gearmandtest

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"
)

// perlServer serves Debian's Gearman::Server on a free loopback port and prints the port. It keeps the constructor from
// listening on all addresses as well.
const perlServer = `
use strict; use warnings;
use Danga::Socket; use Gearman::Server; use Gearman::Util; use IO::Socket::INET;
$| = 1; $SIG{PIPE} = "IGNORE";
my $listen = \&Gearman::Server::create_listening_sock;
no warnings "redefine";
*Gearman::Server::create_listening_sock = sub { defined $_[1] ? $listen->(@_) : undef };
my $server = Gearman::Server->new;
print $server->create_listening_sock(0, local_addr => "127.0.0.1")->sockport, "\n";
Danga::Socket->EventLoop;
`

// StartPerl starts the Perl server Gearman::Server and returns its address. The end of the test stops it.
func StartPerl(t testing.TB) (addr string) {
	t.Helper()
	perl := Require(t, "perl")
	if exec.Command(perl, "-MGearman::Server", "-e1").Run() != nil {
		Missing(t, "the Perl module Gearman::Server")
	}
	cmd := exec.Command(perl, "-e", perlServer)
	log := &tail{}
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the Perl server: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("the end of the Perl server's log:\n%s", log)
		}
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the Perl server does not start: %v: %s", err, log)
	}
	return "127.0.0.1:" + strings.TrimSpace(port)
}
