package commandtest

import (
	"context"
	"strings"
	"testing"
)

// Proxy is a gearctl proxy that runs in the background of a test.
type Proxy struct {
	cancel context.CancelCauseFunc
	done   chan Run
}

// StartProxy starts a proxy; it is stopped when the test ends.
func StartProxy(t testing.TB, argv ...string) *Proxy {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	p := &Proxy{cancel: cancel, done: make(chan Run, 1)}
	go func() { p.done <- GearctlContext(ctx, strings.NewReader(""), append([]string{"proxy"}, argv...)...) }()
	t.Cleanup(func() { cancel(Interrupted) })
	return p
}

// Stop interrupts the proxy and expects exit code 0.
func (p *Proxy) Stop(t testing.TB) Run {
	t.Helper()
	p.cancel(Interrupted)
	r := <-p.done
	if r.Code != ExitOK {
		t.Errorf("the proxy ended with %d: %s", r.Code, r.Stderr)
	}
	return r
}
