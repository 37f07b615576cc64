package exporter

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/activation"

	"gearctl/commands/exporter/webguard"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
)

// How long a client may take to send its request, and to read the response beyond the time of the scrape.
const (
	requestTimeout  = 10 * time.Second
	responseTimeout = 30 * time.Second
)

const maxPasswordChecks = 16

// webServer is how requests are served: in plain text, or by --web-config.
type webServer struct {
	scheme  string
	handler http.Handler
	serve   func(l net.Listener, s *http.Server) error
}

// newWebServer checks --web-config.
func (o *options) newWebServer(x *exporter) (webServer, error) {
	if o.webConfig == "" {
		return webServer{"http", x.handler(), func(l net.Listener, s *http.Server) error { return s.Serve(l) }}, nil
	}
	turns := &passwordLimiter{slots: make(chan struct{}, maxPasswordChecks)}
	guard, err := webguard.New(o.webConfig, turns.release(x.handler()), x.env.Warn)
	if err != nil {
		return webServer{}, cmderr.Usagef("--web-config: %v", err)
	}
	way := webServer{"http", turns.acquire(guard), guard.Serve}
	if guard.TLS() {
		way.scheme = "https"
	}
	return way, nil
}

// serve serves requests until ctx ends, then finishes those under way.
func (x *exporter) serve(ctx context.Context, o *options, web webServer) error {
	listeners, err := o.listeners(ctx)
	if err != nil {
		return err
	}
	defer x.pollForPage(ctx)()
	s := &httpServers{ended: make(chan error, len(listeners))}
	for _, l := range listeners {
		s.start(x, l, web)
		x.env.Info("metrics of %s on %s://%s/metrics (SIGTERM or ctrl-C stops it)", x.source.now.all, web.scheme, l.Addr())
		if x.page != nil {
			x.env.Info("status page on %s://%s/ (every server is asked every %s)", web.scheme, l.Addr(), cmderr.ShortDuration(x.page.Interval()))
		}
	}
	defer x.env.Serving()()
	select {
	case <-ctx.Done():
		s.stop(x.longest)
		x.env.Info("exporter stopped")
		return nil
	case err := <-s.ended:
		s.running--
		s.stop(0)
		return cmderr.Errorf("exporter: %w", err)
	}
}

// listeners opens the addresses of --listen, or takes the sockets of systemd.
func (o *options) listeners(ctx context.Context) ([]net.Listener, error) {
	if o.socket {
		listeners, err := activation.Listeners()
		if err != nil || len(listeners) == 0 {
			return nil, errors.Join(cmderr.Usagef("--systemd-socket: systemd passed no socket").Hint("start it from a .socket unit, or use --listen"), err)
		}
		return listeners, nil
	}
	addresses := o.listen.Value()
	if len(addresses) == 0 {
		addresses = []string{defaultListen}
	}
	var listeners []net.Listener
	for _, address := range addresses {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err != nil {
			closeAll(listeners)
			return nil, cmderr.Errorf("listen on %s: %w", address, connect.ListenCause(err))
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// httpServers are the HTTP servers, one per listener.
type httpServers struct {
	list    []*http.Server
	running int
	ended   chan error
}

func (s *httpServers) start(x *exporter, l net.Listener, web webServer) {
	server := &http.Server{
		Handler: web.handler, ReadTimeout: requestTimeout, WriteTimeout: x.longest + responseTimeout, IdleTimeout: 5 * time.Minute,
		ErrorLog: x.httpLog(),
	}
	s.list = append(s.list, server)
	s.running++
	go func() { s.ended <- web.serve(l, server) }()
}

// stop waits up to grace for requests under way, and returns when all servers have ended.
func (s *httpServers) stop(grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	for _, server := range s.list {
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	}
	for range s.running {
		<-s.ended
	}
}

func (x *exporter) httpLog() *log.Logger { return log.New(verboseWriter{x.env}, "", 0) }

// verboseWriter logs messages of the HTTP server, such as failed TLS handshakes, with --verbose.
type verboseWriter struct{ env *cli.Env }

func (w verboseWriter) Write(b []byte) (int, error) {
	w.env.Verbose("%s", strings.TrimSpace(string(b)))
	return len(b), nil
}
