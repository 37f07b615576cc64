// Package webguard serves HTTP as a web configuration file of the Prometheus exporter toolkit says. The toolkit reads its
// file at every request, and an emptied one protects nothing: so the guard checks the operator's file, and the toolkit
// gets a copy in memory. While the operator's file, or one that it names, is broken or protects less than before,
// requests get status 503 and connections are closed.
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
	"golang.org/x/sys/unix"
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

// state is a configuration, and what serves it.
type state struct {
	config  *config
	tls     *tls.Config  // nil: plain HTTP
	toolkit http.Handler // reads copy
	copy    *os.File     // closed when it is garbage
}

// New checks the web configuration file at path. Its error is of one line, names the file, and holds no secret. warn is
// told once why the file is refused later on, and when it is good again.
func New(path string, next http.Handler, warn func(format string, a ...any)) (*Guard, error) {
	g := &Guard{path: path, next: next, warn: warn}
	var err error
	g.state, err = g.load()
	return g, err
}

// TLS reports whether connections are encrypted. That does not change.
func (g *Guard) TLS() bool { return g.state.tls != nil }

// clientsKey is for the clients that the configuration let in when a connection began.
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
		if err != nil {
			return nil, err
		}
		*hello.Context().Value(clientsKey{}).(*string) = now.config.clients()
		return now.tls, nil
	}}
	return s.ServeTLS(l, "", "")
}

// ServeHTTP also closes connections that began when other clients were let in than now.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now, err := g.current()
	if err != nil || now.tls != nil && *r.Context().Value(clientsKey{}).(*string) != now.config.clients() {
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
	now, err := g.load()
	if err == nil {
		if g.reason != "" {
			g.warn("%s: is good again", g.path)
		}
		g.state, g.reason = now, ""
	} else if g.reason != err.Error() {
		g.reason = err.Error()
		g.warn("%s; every request is refused until this is repaired", g.reason)
	}
	return now, err
}

func (g *Guard) load() (now *state, err error) {
	c, err := read(g.path)
	if err == nil && g.state != nil {
		if reflect.DeepEqual(c, g.state.config) {
			return g.state, nil
		}
		err = c.notWeaker(g.state.config)
	}
	if err == nil {
		now, err = build(c, g.next)
	}
	return now, oneLine(g.path, err)
}

// build makes the toolkit serve c. TLS sessions are not resumed: that would skip the check of names.
func build(c *config, next http.Handler) (*state, error) {
	s, front := &state{config: c}, &http.Server{Handler: next}
	if c.TLSConfig.IsEnabled() {
		built, err := web.ConfigToTLSConfig(&c.TLSConfig)
		if err != nil {
			return nil, fmt.Errorf("tls_server_config: %w", err)
		}
		built.SessionTicketsDisabled = true
		built.NextProtos = map[bool][]string{true: {"h2", "http/1.1"}, false: {"http/1.1"}}[c.HTTPConfig.HTTP2]
		s.tls, front.TLSConfig = built, built
	}
	fd, err := unix.MemfdCreate("web-config", unix.MFD_CLOEXEC)
	if err == nil {
		s.copy = os.NewFile(uintptr(fd), "web-config")
		_, err = s.copy.Write(c.copy)
	}
	if err != nil {
		return nil, fmt.Errorf("copy in memory: %w", err)
	}
	flags := &web.FlagConfig{WebConfigFile: new(fmt.Sprintf("/proc/self/fd/%d", fd))}
	err = web.Serve(closedListener{}, front, flags, slog.New(slog.DiscardHandler))
	if !errors.Is(err, net.ErrClosed) {
		return nil, err
	}
	s.toolkit = front.Handler
	return s, nil
}

// closedListener makes web.Serve return as soon as it has made its handler.
type closedListener struct{}

func (closedListener) Accept() (net.Conn, error) { return nil, net.ErrClosed }

func (closedListener) Close() error { return nil }

func (closedListener) Addr() net.Addr { return &net.TCPAddr{} }
