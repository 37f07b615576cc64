package webguard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gearctl/wire/waittest"
)

// server is a server under test, and a client for it.
type server struct {
	t     *testing.T
	guard *Guard
	http  *http.Server
	addr  string
	dir   string
	log   *notes
}

// notes is what a server logged.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) add(format string, a ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, fmt.Sprintf(format, a...))
}

// want checks what was logged since the last time; DIR is the directory of the server.
func (s *server) wantLog(lines ...string) {
	s.t.Helper()
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "DIR", s.dir)
	}
	if !slices.Equal(s.log.lines, lines) {
		s.t.Errorf("logged\n%s\nwant\n%s", strings.Join(s.log.lines, "\n"), strings.Join(lines, "\n"))
	}
	s.log.lines = nil
}

// serve serves dir/web.yml until the test ends; between may change what is there once it is loaded. The answer is the
// protocol of the request.
func serve(t *testing.T, dir, config string, between ...func()) *server {
	t.Helper()
	return serveHandler(t, dir, config, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }, between...)
}

func serveHandler(t *testing.T, dir, config string, handler http.HandlerFunc, between ...func()) *server {
	t.Helper()
	write(t, dir, "web.yml", config)
	s := &server{t: t, dir: dir, log: new(notes)}
	var err error
	if s.guard, err = New(filepath.Join(dir, "web.yml"), handler, s.log.add); err != nil {
		t.Fatal(err)
	}
	for _, f := range between {
		f()
	}
	return s.another()
}

// another serves the same configuration at another address.
func (s *server) another() *server {
	t := s.t
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = &server{t: t, guard: s.guard, addr: l.Addr().String(), dir: s.dir, log: s.log, http: &http.Server{
		Handler: s.guard, ErrorLog: log.New(io.Discard, "", 0),
	}}
	ended := make(chan error, 1)
	go func() { ended <- s.guard.Serve(l, s.http) }()
	t.Cleanup(func() {
		s.http.Close()
		if err := waittest.Receive(t, "the server ends", ended); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// client makes clients that trust ca; a new one has no connection yet.
func (s *server) client(ca *authority, change ...func(*tls.Config)) *http.Client {
	transport := &http.Transport{TLSClientConfig: trust(ca, change...), ForceAttemptHTTP2: true}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// trust is the TLS configuration of a client that trusts ca.
func trust(ca *authority, change ...func(*tls.Config)) *tls.Config {
	c := &tls.Config{RootCAs: x509.NewCertPool()}
	if ca != nil {
		c.RootCAs.AddCert(ca.cert)
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// answer is what is left of a response.
type answer struct {
	code   int
	header http.Header
	body   string
	tls    *tls.ConnectionState
}

// get asks with a new connection unless c is given. No scheme means http.
func (s *server) get(c *http.Client, scheme string, login ...string) (answer, error) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, scheme+"://"+s.addr+"/", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(login) == 2 {
		r.SetBasicAuth(login[0], login[1])
	}
	response, err := c.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body), response.TLS}, err
}

// wantCode asks by plain HTTP and checks the status.
func (s *server) wantCode(code int, login ...string) answer {
	s.t.Helper()
	return s.wantCodeOf(s.client(nil), "http", code, login...)
}

func (s *server) wantCodeOf(c *http.Client, scheme string, code int, login ...string) answer {
	s.t.Helper()
	a, err := s.get(c, scheme, login...)
	if err != nil || a.code != code {
		s.t.Errorf("login %q: status %d, %v, want %d", login, a.code, err, code)
	}
	if want := http.StatusText(a.code) + "\n"; a.code != http.StatusOK && a.body != want {
		s.t.Errorf("status %d with %q, want %q", a.code, a.body, want)
	}
	return a
}

// wantRefused connects by TLS and checks that the server ends it, and why. It writes nothing, or the reason could be
// lost with the connection.
func (s *server) wantRefused(c *tls.Config, why string) {
	s.t.Helper()
	if len(c.NextProtos) == 0 {
		c.NextProtos = []string{"h2", "http/1.1"} // a server that takes HTTP/2 speaks first
	}
	conn, err := tls.Dial("tcp", s.addr, c)
	if err == nil {
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, err = conn.Read(make([]byte, 1))
	}
	if err == nil || !strings.Contains(err.Error(), why) {
		s.t.Errorf("%v, want a failure with %q", err, why)
	}
}
