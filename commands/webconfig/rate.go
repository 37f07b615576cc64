package webconfig

import (
	"errors"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/time/rate"
)

// rateLimit is the section rate_limit: a request each interval, and burst at once. An interval of 0 is no limit.
type rateLimit struct {
	interval time.Duration
	burst    int
}

func (r *rateLimit) set(key string, value *yaml.Node) error {
	switch key {
	case "interval":
		return setDuration(&r.interval, value)
	case "burst":
		return setCount(&r.burst, value)
	}
	return errUnknownKey()
}

// check finds values that make no sense. The toolkit takes them; a burst of 0, which is also what a missing one means,
// makes it turn every request away.
func (r rateLimit) check() error {
	switch {
	case r.interval < 0:
		return errors.New("interval: is negative")
	case r.burst < 0:
		return errors.New("burst: is negative")
	case r.interval > 0 && r.burst == 0:
		return errors.New("burst: has to be 1 or more, or no request would pass")
	}
	return nil
}

// limiter is the token bucket of a server.
type limiter struct {
	mu     sync.Mutex
	limit  rateLimit
	bucket *rate.Limiter
}

// allow reports whether a request may pass, and takes its token. A new limit begins with a full bucket.
func (l *limiter) allow(limit rateLimit) bool {
	if limit.interval == 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bucket == nil || l.limit != limit {
		l.limit, l.bucket = limit, rate.NewLimiter(rate.Every(limit.interval), limit.burst)
	}
	return l.bucket.Allow()
}
