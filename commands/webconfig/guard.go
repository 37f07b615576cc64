package webconfig

import (
	"net/http"
)

// guard lets pass to a handler the requests that the configuration of the moment allows.
type guard struct {
	source    *source
	limiter   limiter
	passwords *passwords
	next      http.Handler
}

// ServeHTTP answers 500 when the configuration is not good, 429 over the limit, and 401 without a good password. The
// headers of the configuration, the last good one if need be, are set on every answer.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := g.source.read()
	now.settings.http.addTo(w.Header())
	switch {
	case now.err != nil:
		refuse(w, http.StatusInternalServerError)
	case !g.limiter.allow(now.settings.limit):
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
		if good, err = g.passwords.check(r.Context(), known, name, password); err != nil {
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
