package webconfig

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServePlain(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	if a := s.wantCode(200); a.body != "HTTP/1.1" {
		t.Errorf("body %q", a.body)
	}
	s.wantRefused(trust(nil), "first record does not look like a TLS handshake")
	s.wantLog()
}

// TestLoadedThenEmptied: what a configuration protected when it was loaded, it protects from the first request on.
func TestLoadedThenEmptied(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, "basic_auth_users: {alice: "+hashOf(t, "open")+"}", func() { write(t, dir, "web.yml", "") })
	s.wantCode(500)
	s.wantLog("DIR/web.yml: basic_auth_users: is gone (start again to serve without passwords); every request is refused until this is repaired")
}

// TestTwoServers share a configuration: its rate, and its words about it.
func TestTwoServers(t *testing.T) {
	dir := t.TempDir()
	first := serve(t, dir, "rate_limit: {interval: 1h, burst: 2}")
	second := first.another()
	first.wantCode(200)
	second.wantCode(200)
	first.wantCode(429)
	second.wantCode(429)
	write(t, dir, "web.yml", "x: 1")
	first.wantCode(500)
	second.wantCode(500)
	first.wantLog("DIR/web.yml: x: unknown key; every request is refused until this is repaired")
}

// TestShutdown: a request that runs is answered, then Serve returns.
func TestShutdown(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	began, finish := make(chan bool), make(chan bool)
	s.http.RegisterOnShutdown(func() { close(finish) })
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-finish
		io.WriteString(w, "done")
	})
	s.wantCode(200) // Serve has begun
	s.http.Handler.(*guard).next = handler
	got := make(chan answer)
	go func() { got <- s.wantCode(200) }()
	<-began
	if err := s.http.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if a := <-got; a.body != "done" {
		t.Errorf("body %q", a.body)
	}
}

// TestRenewed: the next connection gets the new certificate, an old one stays.
func TestRenewed(t *testing.T) {
	dir, ca, _ := configDir(t)
	s := serve(t, dir, section())
	old := s.client(ca)
	serial := func(c *http.Client) int64 {
		t.Helper()
		return s.wantCodeOf(c, "https", 200).tls.PeerCertificates[0].SerialNumber.Int64()
	}
	if n := serial(old); n != 2 {
		t.Errorf("serial %d, want 2", n)
	}
	p := ca.issue(t, 77)
	write(t, dir, "server.crt", p.cert)
	s.wantRefused(trust(ca), "internal error") // the key is still the old one
	s.wantRefused(trust(ca), "internal error")
	s.wantCodeOf(old, "https", 200)
	write(t, dir, "server.key", p.key)
	if n := serial(s.client(ca)); n != 77 {
		t.Errorf("serial %d, want 77", n)
	}
	if n := serial(old); n != 2 {
		t.Errorf("serial %d, want 2", n)
	}
	s.wantLog("DIR/web.yml: tls_server_config: certificate and key: tls: private key does not match public key; new connections are refused until this is repaired",
		"DIR/web.yml: is good again")
}

// TestBroken: nothing passes while the file is broken, the reason is told once, and it works again when repaired.
func TestBroken(t *testing.T) {
	dir, ca, _ := configDir(t)
	headers := "http_server_config: {headers: {X-Frame-Options: deny}}\n"
	s := serve(t, dir, section()+headers)
	old := s.client(ca)
	s.wantCodeOf(old, "https", 200)
	for range 3 {
		write(t, dir, "web.yml", "secret: [")
		if a := s.wantCodeOf(old, "https", 500); a.header.Get("X-Frame-Options") != "deny" {
			t.Errorf("headers %v", a.header)
		}
		s.wantRefused(trust(ca), "internal error")
	}
	write(t, dir, "web.yml", "secret: x")
	s.wantCodeOf(old, "https", 500)
	if err := os.Remove(filepath.Join(dir, "web.yml")); err != nil {
		t.Fatal(err)
	}
	s.wantCodeOf(old, "https", 500)
	write(t, dir, "web.yml", section()+headers)
	s.wantCodeOf(old, "https", 200)
	s.wantCodeOf(s.client(ca), "https", 200)
	s.wantLog(
		"DIR/web.yml: is not YAML: line 1: did not find expected node content; every request is refused until this is repaired",
		"DIR/web.yml: secret: unknown key; every request is refused until this is repaired",
		"DIR/web.yml: no such file or directory; every request is refused until this is repaired",
		"DIR/web.yml: is good again",
	)
}

// TestWeaker: a running server does not follow a file that protects less.
func TestWeaker(t *testing.T) {
	required := []string{"client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_allowed_sans: [a]"}
	users := "basic_auth_users: {a: " + goodHash + "}\n"
	for _, test := range []struct{ before, after, why string }{
		{section(), "", "tls_server_config: is gone (start again to serve plain HTTP)"},
		{"", section(), "tls_server_config: is new (start again to serve TLS)"},
		{users, "", "basic_auth_users: is gone (start again to serve without passwords)"},
		{section(required...), section(required[:2]...), "tls_server_config: client_allowed_sans: is gone (start again to serve every client with a certificate)"},
		{section(required[:2]...), section("client_auth_type: RequireAnyClientCert"), "tls_server_config: client_auth_type: is weaker than it was (start again to serve like that)"},
		{section("min_version: TLS13"), section(), "tls_server_config: min_version: is lower than it was (start again to serve like that)"},
		{section("client_auth_type: RequireAnyClientCert"), section(), "tls_server_config: client_auth_type: is weaker than it was (start again to serve like that)"},
	} {
		dir, _, _ := configDir(t)
		logged := new(notes)
		s := &source{path: filepath.Join(dir, "web.yml"), log: logged.add}
		write(t, dir, "web.yml", test.before)
		if r := s.read(); r.err != nil || r.tlsErr != nil {
			t.Fatal(r)
		}
		for range 2 {
			write(t, dir, "web.yml", test.after)
			if r := s.read(); r.err == nil || r.err.Error() != s.path+": "+test.why || r.tls != nil {
				t.Errorf("got  %v\nwant %s", r.err, test.why)
			}
		}
		write(t, dir, "web.yml", test.before)
		if r := s.read(); r.err != nil || r.tlsErr != nil {
			t.Error(r)
		}
		if len(logged.lines) != 2 {
			t.Errorf("logged %q", logged.lines)
		}
	}
}

// TestEmptied is the moment between emptying a file and writing it again.
func TestEmptied(t *testing.T) {
	dir := t.TempDir()
	config := "basic_auth_users: {alice: " + hashOf(t, "open") + "}\n"
	s := serve(t, dir, config)
	s.wantCode(200, "alice", "open")
	write(t, dir, "web.yml", "")
	s.wantCode(500)
	s.wantCode(500, "alice", "open")
	write(t, dir, "web.yml", config)
	s.wantCode(200, "alice", "open")
	s.wantCode(401)
}

func TestHTTP2(t *testing.T) {
	dir, ca, _ := configDir(t)
	off := "http_server_config: {http2: false}\n"
	for _, test := range []struct{ config, proto, alpn string }{
		{section(), "HTTP/2.0", "h2"},
		{section() + off, "HTTP/1.1", "http/1.1"},
		{section("max_version: TLS12", "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]"), "HTTP/2.0", "h2"},
		{section("max_version: TLS12", "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]") + off, "HTTP/1.1", "http/1.1"},
	} {
		s := serve(t, dir, test.config)
		for _, change := range []string{"", "# changed\n", strings.Repeat(off, 1-strings.Count(test.config, off))} {
			write(t, dir, "web.yml", test.config+change)
			want := test
			if change == off {
				want.proto, want.alpn = "HTTP/1.1", "http/1.1"
			}
			if a := s.wantCodeOf(s.client(ca), "https", 200); a.body != want.proto || a.tls.NegotiatedProtocol != want.alpn {
				t.Errorf("%s by %q, want %s by %q", a.body, a.tls.NegotiatedProtocol, want.proto, want.alpn)
			}
		}
		if a := s.wantCodeOf(s.client(ca, func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }), "https", 200); a.body != "HTTP/1.1" {
			t.Error(a.body)
		}
	}
}

// TestHTTP2Insists: a client that wants nothing but HTTP/2 gets nothing.
func TestHTTP2Insists(t *testing.T) {
	dir, ca, _ := configDir(t)
	s := serve(t, dir, section()+"http_server_config: {http2: false}\n")
	s.wantRefused(trust(ca, func(c *tls.Config) { c.NextProtos = []string{"h2"} }), "no application protocol")
}

// TestHeaders: also answers that refuse have them, and a change counts at the next request.
func TestHeaders(t *testing.T) {
	dir := t.TempDir()
	config := func(policy string) string {
		return "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-Content-Type-Options: nosniff\n    X-XSS-Protection: 1\n" +
			"    Strict-Transport-Security: max-age=1\n    Content-Security-Policy: |\n      " + policy +
			"\nbasic_auth_users: {alice: " + hashOf(t, "open") + "}\nrate_limit: {interval: 1h, burst: 3}\n"
	}
	s := serve(t, dir, config("default-src 'self'"))
	check := func(a answer, policy string) {
		t.Helper()
		for name, want := range map[string]string{
			"X-Frame-Options": "deny", "X-Content-Type-Options": "nosniff", "X-XSS-Protection": "1",
			"Strict-Transport-Security": "max-age=1", "Content-Security-Policy": policy,
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%d: %s: %q, want %q", a.code, name, got, want)
			}
		}
	}
	check(s.wantCode(200, "alice", "open"), "default-src 'self'")
	check(s.wantCode(401), "default-src 'self'")
	write(t, dir, "web.yml", config("other"))
	check(s.wantCode(401), "other")
	check(s.wantCode(429), "other")
	check(s.wantCode(429, "alice", "open"), "other")
	write(t, dir, "web.yml", "x: 1")
	check(s.wantCode(500), "other")
}

func TestRate(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, "rate_limit: {interval: 1h, burst: 2}")
	for _, code := range []int{200, 200, 429, 429} {
		s.wantCode(code)
	}
	write(t, dir, "web.yml", "rate_limit: {interval: 1h, burst: 1}")
	for _, code := range []int{200, 429} {
		s.wantCode(code)
	}
	write(t, dir, "web.yml", "rate_limit: {interval: 0, burst: 1}")
	for range 5 {
		s.wantCode(200)
	}
}

// TestOptions: no request goes past the passwords, also not the one that net/http answers by itself.
func TestOptions(t *testing.T) {
	s := serve(t, t.TempDir(), "basic_auth_users: {alice: "+hashOf(t, "open")+"}")
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if line, err := bufio.NewReader(c).ReadString('\n'); line != "HTTP/1.1 401 Unauthorized\r\n" {
		t.Errorf("%q, %v", line, err)
	}
}
