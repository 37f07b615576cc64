package webconfig

import (
	"net/http"
)

// guard lets pass to a handler the requests that the configuration of the moment allows.
type guard struct {
	config *Config
	next   http.Handler
}

// ServeHTTP answers 500 when the configuration is not good, 403 when the client's certificate would not do any more, 429
// over the limit, and 401 without a good password. The headers of the configuration, the last good one if need be, are set
// on every answer of it.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := g.config.source.read()
	now.settings.http.addTo(w.Header())
	switch {
	case now.err != nil:
		refuse(w, http.StatusInternalServerError)
	case r.TLS != nil && !admits(now.tls, *r.TLS):
		w.Header().Set("Connection", "close")
		refuse(w, http.StatusForbidden)
	case !g.config.limiter.allow(now.settings.limit):
		refuse(w, http.StatusTooManyRequests)
	default:
		g.login(w, r, now.settings.users)
	}
}

func (g *guard) login(w http.ResponseWriter, r *http.Request, known users) {
	if len(known) == 0 {
		g.next.ServeHTTP(w, r)
		return
	}
	good := false
	if name, password, ok := r.BasicAuth(); ok {
		var err error
		if good, err = g.config.passwords.check(r.Context(), known, name, password); err != nil {
			refuse(w, http.StatusServiceUnavailable)
			return
		}
	}
	if !good {
		w.Header().Set("WWW-Authenticate", `Basic realm="gearctl"`)
		refuse(w, http.StatusUnauthorized)
		return
	}
	g.next.ServeHTTP(w, r)
}

func refuse(w http.ResponseWriter, code int) { http.Error(w, http.StatusText(code), code) }
