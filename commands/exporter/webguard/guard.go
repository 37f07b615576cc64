// Package webguard serves HTTP by a web configuration file of the Prometheus exporter toolkit. The toolkit reads its file
// at every request, and an emptied file protects nothing: so the guard checks the operator's file and gives the toolkit
// a copy in memory. While the file, or one that it names, is broken or protects less than before, requests get status
// 503 and connections are closed.
package webguard

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"sync"

	"github.com/prometheus/exporter-toolkit/web"
)

// Guard is an http.Handler in front of another one, for any number of servers.
type Guard struct {
	path string
	next http.Handler
	warn func(format string, a ...any)

	mu     sync.Mutex
	state  *state // the last one that passed
	reason string // why the file is refused, as it was logged
}

// state is a configuration that passed, and what serves it.
type state struct {
	*config
	tls     *tls.Config  // nil: plain HTTP
	toolkit http.Handler // reads copy
	copy    *os.File     // in memory; closed when it is garbage
}

// New checks the web configuration file at path. Its error is one line, names the file and holds no secret. warn is
// called once for each later reason to refuse the file, and when it is good again.
func New(path string, next http.Handler, warn func(format string, a ...any)) (*Guard, error) {
	g := &Guard{path: path, next: next, warn: warn}
	return g, g.reload()
}

// TLS reports whether connections are encrypted, which does not change.
func (g *Guard) TLS() bool { return g.state.tls != nil }

// clientsKey is for the clients that the configuration of a connection's handshake let in.
type clientsKey struct{}

// Serve answers the requests of l by s, whose Handler has to lead to g.
func (g *Guard) Serve(l net.Listener, s *http.Server) error {
	s.DisableGeneralOptionsHandler = true // or "OPTIONS *" would need no password
	if !g.TLS() {
		return s.Serve(l)
	}
	s.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, clientsKey{}, new(string))
	}
	s.TLSConfig = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		now, err := g.current()
		*hello.Context().Value(clientsKey{}).(*string) = now.clients()
		return now.tls, err
	}}
	return s.ServeTLS(l, "", "")
}

// ServeHTTP also closes connections that began when other clients were let in than now.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now, err := g.current()
	if err != nil || now.tls != nil && *r.Context().Value(clientsKey{}).(*string) != now.clients() {
		w.Header().Set("Connection", "close")
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	now.toolkit.ServeHTTP(w, r)
	runtime.KeepAlive(now)
}

// current returns what the file says now, or why that is refused.
func (g *Guard) current() (*state, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.reload()
	switch {
	case err != nil && err.Error() != g.reason:
		g.reason = err.Error()
		g.warn("%s; every request is refused until this is repaired", g.reason)
	case err == nil && g.reason != "":
		g.reason = ""
		g.warn("%s: is good again", g.path)
	}
	return g.state, err
}

// reload replaces the state if the file has changed and passes.
func (g *Guard) reload() error {
	c, err := readConfig(g.path)
	if err == nil && g.state != nil {
		if reflect.DeepEqual(c, g.state.config) {
			return nil
		}
		err = c.checkNotWeaker(g.state.config)
	}
	var now *state
	if err == nil {
		now, err = newState(c, g.next)
	}
	if err != nil {
		return oneLine(g.path, err)
	}
	g.state = now
	return nil
}

// newState makes the toolkit serve c. TLS sessions are not resumed: that would skip the check of names.
func newState(c *config, next http.Handler) (*state, error) {
	s, server := &state{config: c}, &http.Server{Handler: next}
	var err error
	if c.TLSConfig.IsEnabled() {
		if s.tls, err = web.ConfigToTLSConfig(&c.TLSConfig); err != nil {
			return nil, fmt.Errorf("tls_server_config: %w", err)
		}
		s.tls.SessionTicketsDisabled = true
		s.tls.NextProtos = []string{"h2", "http/1.1"}
		if !c.HTTPConfig.HTTP2 {
			s.tls.NextProtos = []string{"http/1.1"}
		}
		server.TLSConfig = s.tls
	}
	if s.copy, err = memoryFile(c.withoutTLS); err != nil {
		return nil, err
	}
	err = web.Serve(closedListener{}, server, &web.FlagConfig{WebConfigFile: new(s.copy.Name())}, slog.New(slog.DiscardHandler))
	s.toolkit = server.Handler
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return s, err
}

// closedListener makes web.Serve return as soon as it has made its handler.
type closedListener struct{}

func (closedListener) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (closedListener) Close() error              { return nil }
func (closedListener) Addr() net.Addr            { return &net.TCPAddr{} }
