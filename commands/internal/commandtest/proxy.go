package commandtest

import "testing"

// Proxy is a gearctl proxy that runs in the background of a test.
type Proxy struct{ *Command }

// StartProxy starts a proxy; it is stopped when the test ends.
func StartProxy(t testing.TB, argv ...string) *Proxy {
	t.Helper()
	return &Proxy{Start(t, append([]string{"proxy"}, argv...)...)}
}

// Stop interrupts the proxy and expects exit code 0.
func (p *Proxy) Stop(t testing.TB) Run {
	t.Helper()
	r := Run{Code: p.Command.Stop(), Stdout: p.Stdout.String(), Stderr: p.Stderr.String()}
	if r.Code != ExitOK {
		t.Errorf("the proxy ended with %d: %s", r.Code, r.Stderr)
	}
	return r
}
