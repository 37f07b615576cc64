package webguard

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire/waittest"
)

func TestServePlain(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "")
	if a := s.wantCode(200); a.body != "HTTP/1.1" {
		t.Errorf("body %q", a.body)
	}
	s.wantRefused(trust(nil), "first record does not look like a TLS handshake")
	s.wantLog()
}

// TestLoadedThenEmptied: what a configuration protected when it was loaded, it protects from the first request on.
func TestLoadedThenEmptied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, "basic_auth_users: {alice: "+hashOf(t, "open")+"}", func() { write(t, dir, "web.yml", "") })
	s.wantCode(503)
	s.wantLog("DIR/web.yml: basic_auth_users: is not what it was (restart to serve it like that); every request is refused until this is repaired")
}

// TestTwoServers share a configuration: its rate, and its words about it.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := serve(t, dir, "rate_limit: {interval: 1h, burst: 2}")
	second := first.another()
	first.wantCode(200)
	second.wantCode(200)
	first.wantCode(429)
	second.wantCode(429)
	write(t, dir, "web.yml", "x: 1")
	first.wantCode(503)
	second.wantCode(503)
	first.wantLog("DIR/web.yml: yaml: unmarshal errors: line 1: field x not found; every request is refused until this is repaired")
}

// TestShutdown: a request that runs is answered, then Serve returns.
func TestShutdown(t *testing.T) {
	t.Parallel()
	began, finish := make(chan bool), make(chan bool)
	s := serveHandler(t, t.TempDir(), "", func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-finish
		io.WriteString(w, "done")
	})
	s.http.RegisterOnShutdown(func() { close(finish) })
	got := make(chan answer)
	go func() { got <- s.wantCode(200) }()
	waittest.Receive(t, "the request begins", began)
	if err := s.http.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if a := waittest.Receive(t, "the request is answered", got); a.body != "done" {
		t.Errorf("body %q", a.body)
	}
}

// TestRenewed: the next connection gets the new certificate, an old one stays.
func TestRenewed(t *testing.T) {
	t.Parallel()
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
	write(t, dir, "server.key", p.key)
	if n := serial(s.client(ca)); n != 77 {
		t.Errorf("serial %d, want 77", n)
	}
	if n := serial(old); n != 2 {
		t.Errorf("serial %d, want 2", n)
	}
	write(t, dir, "server.key", "broken")
	s.wantCodeOf(old, "https", 503)
	s.wantRefused(trust(ca), "internal error")
	s.wantLog("DIR/web.yml: tls_server_config: failed to load X509KeyPair: tls: private key does not match public key; every request is refused until this is repaired",
		"DIR/web.yml: is good again",
		"DIR/web.yml: tls_server_config: failed to load X509KeyPair: tls: failed to find any PEM data in key input; every request is refused until this is repaired")
}

// TestBroken: nothing passes while the file is broken, connections are closed, the reason is logged once, and it works
// again when repaired.
func TestBroken(t *testing.T) {
	t.Parallel()
	dir, ca, _ := configDir(t)
	for _, http2 := range []string{"true", "false"} {
		config := section() + "http_server_config: {http2: " + http2 + "}\n"
		s := serve(t, dir, config)
		for range 3 {
			old := s.client(ca)
			write(t, dir, "web.yml", config)
			s.wantCodeOf(old, "https", 200)
			write(t, dir, "web.yml", "secret: [")
			s.wantCodeOf(old, "https", 503)
			if _, err := s.get(old, "https"); err == nil || !strings.Contains(err.Error(), "internal error") {
				t.Errorf("%v, want a new connection that fails", err)
			}
			s.wantRefused(trust(ca), "internal error")
		}
		write(t, dir, "web.yml", "secret: x")
		s.wantRefused(trust(ca), "internal error")
		if err := os.Remove(filepath.Join(dir, "web.yml")); err != nil {
			t.Fatal(err)
		}
		s.wantRefused(trust(ca), "internal error")
		write(t, dir, "web.yml", config)
		s.wantCodeOf(s.client(ca), "https", 200)
		const broken, refused, good = "DIR/web.yml: yaml: line 1: did not find expected node content", "; every request is refused until this is repaired", "DIR/web.yml: is good again"
		s.wantLog(
			broken+refused, good, broken+refused, good, broken+refused,
			"DIR/web.yml: yaml: unmarshal errors: line 1: field secret not found"+refused,
			"DIR/web.yml: no such file or directory"+refused,
			good,
		)
	}
}

// TestWeaker: a running server does not follow a file that protects less.
func TestWeaker(t *testing.T) {
	t.Parallel()
	required := []string{"client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_allowed_sans: [a]"}
	users := "basic_auth_users: {a: " + goodHash + "}\n"
	for _, test := range []struct{ before, after, what string }{
		{section(), "", "tls_server_config"},
		{"", section(), "tls_server_config"},
		{users, "", "basic_auth_users"},
		{section(required...), section(required[:2]...), "client_allowed_sans"},
		{section(required[:2]...), section("client_auth_type: RequireAnyClientCert"), "client_auth_type"},
		{section("min_version: TLS13"), section(), "min_version"},
		{section("client_auth_type: RequireAnyClientCert"), section(), "client_auth_type"},
		{section("client_auth_type: RequireClientCert"), section("client_auth_type: RequestClientCert"), "client_auth_type"},
	} {
		dir, _, _ := configDir(t)
		logged, path := new(notes), filepath.Join(dir, "web.yml")
		write(t, dir, "web.yml", test.before)
		g, err := New(path, http.NotFoundHandler(), logged.add)
		if err != nil {
			t.Fatal(err)
		}
		want := path + ": " + test.what + ": is not what it was (restart to serve it like that)"
		for range 2 {
			write(t, dir, "web.yml", test.after)
			w := httptest.NewRecorder()
			if g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)); w.Code != 503 || w.Header().Get("Connection") != "close" {
				t.Errorf("%s: %d %v", test.what, w.Code, w.Header())
			}
		}
		write(t, dir, "web.yml", test.before)
		if _, err := g.current(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{want + "; every request is refused until this is repaired", path + ": is good again"}, logged.lines); diff != "" {
			t.Error(diff)
		}
	}
}

// TestEmptied is the moment between emptying a file and writing it again.
func TestEmptied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := "basic_auth_users: {alice: " + hashOf(t, "open") + "}\n"
	s := serve(t, dir, config)
	s.wantCode(200, "alice", "open")
	write(t, dir, "web.yml", "")
	s.wantCode(503)
	s.wantCode(503, "alice", "open")
	write(t, dir, "web.yml", config)
	s.wantCode(200, "alice", "open")
	s.wantCode(401)
}

func TestHTTP2(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	dir, ca, _ := configDir(t)
	s := serve(t, dir, section()+"http_server_config: {http2: false}\n")
	s.wantRefused(trust(ca, func(c *tls.Config) { c.NextProtos = []string{"h2"} }), "no application protocol")
}

// TestHeaders: also answers without a password have them, and a change counts at the next request.
func TestHeaders(t *testing.T) {
	t.Parallel()
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
}

func TestRate(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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

// TestNoneUnauthenticated: while the file is emptied, cut at every length, made unreadable and restored, in place and by
// renaming, no request of those without a password is answered, and all end.
func TestNoneUnauthenticated(t *testing.T) {
	t.Parallel()
	dir, ca, _ := configDir(t)
	config := section("client_auth_type: RequireAnyClientCert") + "basic_auth_users: {alice: " + hashOf(t, "open") + "}\nhttp_server_config: {http2: true}\n"
	answered := func(w http.ResponseWriter, r *http.Request) {
		if name, password, _ := r.BasicAuth(); name != "alice" || password != "open" || len(r.TLS.PeerCertificates) == 0 {
			t.Error("answered without a password or a certificate")
		}
	}
	s := serveHandler(t, dir, config, answered)
	path, good := filepath.Join(dir, "web.yml"), with(t, ca.issue(t, 5))
	ended, changed := make(chan bool), make(chan bool)
	go func() {
		defer close(changed)
		for i := 0; ; i++ {
			select {
			case <-ended:
				return
			default:
			}
			for _, change := range []func() error{
				func() error { return os.WriteFile(path, nil, 0o600) },
				func() error { return os.WriteFile(path, []byte(config[:i%len(config)]), 0o600) },
				func() error { return os.Remove(path) },
				func() error { return os.Mkdir(path, 0o700) },
				func() error { return os.Remove(path) },
				func() error { return os.Symlink("ca.crt", path) },
				func() error { return os.Remove(path) },
				func() error { return os.WriteFile(path, []byte(config), 0o600) },
			} {
				if err := change(); err != nil {
					t.Error(err)
				}
			}
			write(t, dir, "web.yml", "basic_auth_users: {}\n")
			write(t, dir, "web.yml", config)
		}
	}()
	const requests = 1000
	codes := map[int]int{}
	kept := s.client(ca, good)
	for i := range requests {
		c := kept
		if i%4 == 0 { // a new connection, without a certificate every other time
			c = s.client(ca)
			if i%8 == 0 {
				c = s.client(ca, good)
			}
		}
		login := []string{}
		if i%10 == 1 {
			login = []string{"alice", "open"}
		}
		a, err := s.get(c, "https", login...)
		if code := a.code; err == nil && code != 401 && code != 503 && (code != 200 || len(login) == 0) {
			t.Errorf("status %d with login %q", code, login)
		}
		codes[a.code]++
	}
	close(ended)
	waittest.Receive(t, "the file was changed", changed)
	s.wantCodeOf(s.client(ca, good), "https", 200, "alice", "open")
	s.wantCodeOf(s.client(ca, good), "https", 401)
	if codes[401] == 0 || codes[503]+codes[0] == 0 || codes[200] == 0 {
		t.Errorf("no mix of answers, by status: %v", codes)
	}
	t.Logf("by status: %v", codes)
}

// TestNoLeak: the copies of configurations that were replaced are closed.
func TestNoLeak(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	config := func(user string) { write(t, dir, "web.yml", fmt.Sprintf("basic_auth_users: {%s: %s}", user, goodHash)) }
	config("alice")
	g, err := New(filepath.Join(dir, "web.yml"), http.NotFoundHandler(), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	before := open()
	for i := range 100 {
		config(fmt.Sprint("user", i))
		w := httptest.NewRecorder()
		if g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)); w.Code != 401 {
			t.Fatal(w.Code)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); open() > before+10; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors are open, %d were before", open(), before)
		}
	}
}

// TestLongErrorIsCut: a file of junk does not fill the log.
func TestLongErrorIsCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var junk strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&junk, "key%d: 1\n", i)
	}
	write(t, dir, "web.yml", junk.String())
	if _, err := New(filepath.Join(dir, "web.yml"), nil, nil); err == nil || len(err.Error()) > 500 {
		t.Errorf("%v", err)
	}
}
