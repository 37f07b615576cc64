package proxy

import (
	"context"
	"errors"
)

// statusUnit is the name of the unit that answers status requests. Those of routes have the name of their source.
const statusUnit = "status"

// unit is what a reload starts and stops: a route, or the answers to status requests.
type unit struct {
	name     string
	p        *proxy      // with the settings that it runs with
	c        *routeStats // nil: status requests
	stop     context.CancelCauseFunc
	stopping bool
}

// unitEnd is how a unit ended.
type unitEnd struct {
	u   *unit
	err error // nil if its context ended
}

// errReplaced is the cause with which the context of a unit ends that a reload removes or changes.
var errReplaced = errors.New("replaced by a reload")

// run runs u until ctx ends or an error occurs that a retry cannot resolve. ctx ends with proxy, the context of the whole proxy.
func (u *unit) run(ctx, proxy context.Context) error {
	err := u.work(ctx, proxy)
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil
	}
	return err
}

func (u *unit) work(ctx, proxy context.Context) error {
	switch {
	case u.c == nil:
		return u.p.answerStatus(ctx)
	case u.c.route.sync:
		return (&syncRoute{p: u.p, c: u.c}).run(ctx, proxy)
	}
	return (&asyncRoute{p: u.p, c: u.c}).run(ctx)
}
