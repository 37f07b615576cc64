package proxy_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/waittest"
)

// tlsServer is an embedded server that speaks nothing but TLS, and the file of the authority that signed its certificate.
func tlsServer(t *testing.T) (addr, ca string) {
	t.Helper()
	dir := t.TempDir()
	servertest.WriteCertificate(t, dir)
	ca = filepath.Join(dir, "cert.pem")
	config, err := wire.TLSFiles{Cert: ca, Key: filepath.Join(dir, "key.pem")}.Config()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- jobserver.New(jobserver.Options{TLS: config}).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		waittest.Receive(t, "the server with TLS ends", served)
	})
	return l.Addr().String(), ca
}

// routesFile writes a file of routes, and returns its path.
func routesFile(t *testing.T, format string, args ...any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "routes.yaml")
	if err := os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAProxyWithTLSOnOneSide carries jobs out to a server with TLS and back, with and without spool, and answers how it is
// there.
func TestAProxyWithTLSOnOneSide(t *testing.T) {
	t.Parallel()
	plain := servertest.Embedded(t)
	inTLS, ca := tlsServer(t)
	file := routesFile(t, `
spool: spool
status_queue: %[2]s/status
servers:
  %[2]s: {tls_ca: %[3]s}
routes:
  - {from: %[1]s/out, to: %[2]s/out}
  - {from: %[2]s/back, to: %[1]s/back}
  - {from: %[1]s/ask, to: %[2]s/status, sync: true}
`, plain, inTLS, ca)
	p := commandtest.StartProxy(t, "--routes", file)
	over := []string{"-s", inTLS, "--tls-ca", ca}
	must := func(args ...string) commandtest.Run {
		t.Helper()
		r := commandtest.Gearctl(t, "", args...)
		if r.Code != commandtest.ExitOK {
			t.Fatalf("%v: %+v", args, r)
		}
		return r
	}
	must("-s", plain, "submit", "-b", "out", "there")
	must(append(over, "submit", "-b", "back", "here")...)
	if r := must("-s", plain, "submit", "ask", "check", "--wait", "20s"); !strings.HasPrefix(r.Stdout, "0:OK") {
		t.Errorf("status: %q", r.Stdout)
	}
	servertest.WaitTotal(t, plain, "back", 1)
	servertest.WaitTotal(t, plain, "out", 0)
	p.Stop(t)
	if r := must(append(over, "drain", "out", "--yes", "-o", "raw")...); r.Stdout != "there\n" {
		t.Errorf("got %q", r.Stdout)
	}
	if r := must("-s", plain, "drain", "back", "--yes", "-o", "raw"); r.Stdout != "here\n" {
		t.Errorf("got %q", r.Stdout)
	}
}

// TestAProxyWithFlagsForTLS has a server of the file in clear while the flags ask for TLS.
func TestAProxyWithFlagsForTLS(t *testing.T) {
	t.Parallel()
	plain := servertest.Embedded(t)
	inTLS, ca := tlsServer(t)
	file := routesFile(t, "servers: {%q: {tls: false}}", plain)
	p := commandtest.StartProxy(t, "--routes", file, "--route", inTLS+"/q="+plain+"/q", "--spool", t.TempDir(), "--tls-ca", ca)
	if r := commandtest.Gearctl(t, "", "-s", inTLS, "--tls-ca", ca, "submit", "-b", "q", "x"); r.Code != commandtest.ExitOK {
		t.Fatal(r.Stderr)
	}
	servertest.WaitTotal(t, plain, "q", 1)
	p.Stop(t)
}

func TestTLSInAFileOfRoutes(t *testing.T) {
	t.Parallel()
	const routes = "routes:\n  - {from: a/q, to: b/q}\nservers:\n"
	for text, want := range map[string]string{
		"  c: {tls: true}":                       "routes.yaml:4: c: no route uses c:4730",
		"  b:":                                   "routes.yaml:4: tls: must be true or false",
		"  b: {tls: false, tls_insecure: true}":  "routes.yaml:4: tls: is false, but other TLS keys",
		"  b:\n    tls_ca: nosuch.pem":           "routes.yaml:4: tls: read TLS authorities: open ",
		"  b:\n    tls_cert: x":                  "given together",
		"  b:\n    tls_cacert: x":                "routes.yaml:5: unknown key \"tls_cacert\"\nhint: did you mean tls_cert?",
		"  b: {tls: true}\n  b:4730: {tls: yes}": "routes.yaml:5: b:4730: b:4730 is given twice",
		"  'b,a': {tls: true}":                   "must be one server",
		"  b: [tls]":                             "routes.yaml:4: must be keys with their values",
		"  b: {tls: perhaps}":                    "routes.yaml:4: cannot unmarshal",
	} {
		r := commandtest.Gearctl(t, "", "proxy", "--routes", routesFile(t, "%s", routes+text+"\n"), "--spool", t.TempDir())
		if r.Code != commandtest.ExitUsage || !strings.Contains(r.Stderr, want) {
			t.Errorf("%s: code %d, stderr %s, want %q", text, r.Code, r.Stderr, want)
		}
	}
}
