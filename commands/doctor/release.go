package doctor

import (
	"cmp"
	"context"
	"errors"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// releases is how often the test job is released.
const releases = 5

// checkRelease tests with a job of its own whether each server keeps released jobs.
func (v *serverInspection) checkRelease(ctx context.Context, s *section) {
	v.testServers(ctx, func(ctx context.Context, c *wire.Conn) error { return c.CheckRelease(ctx, releases) },
		func(f *serverFacts, err error) { v.host.reportRelease(s, f.snap.Version, f.server, err) })
}

// testServers sends test jobs to each server, unless --read-only is set. A server that failed one test is not tested again,
// which would only take time.
func (v *serverInspection) testServers(ctx context.Context, send func(context.Context, *wire.Conn) error, judge func(*serverFacts, error)) {
	facts := withoutReadOnly(v.facts)
	if v.host.o.readOnly || len(facts) == 0 {
		return
	}
	var servers []string
	for _, f := range facts {
		if f.testErr == nil {
			servers = append(servers, f.server)
		}
	}
	failed := map[string]error{}
	for _, r := range wire.FanOut(ctx, v.dialer, servers, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, send(ctx, c)
	}) {
		failed[r.Server] = r.Err
	}
	for _, f := range facts {
		err := cmp.Or(f.testErr, failed[f.server])
		if connect.IsOutage(err) {
			f.testErr = err
		}
		judge(f, err)
	}
}

// reportRelease reports the outcome for the test job.
func (d *inspection) reportRelease(s *section, r servers.Version, server string, err error) {
	fix := d.withoutOption(d.gearmandAt(server), "job-retries")
	if r.Perl {
		fix = replacePerl
	}
	var destroyed *wire.ReleaseError
	switch {
	case err == nil:
		s.ok(server, "a job released %d times is still there", releases)
	case !errors.As(err, &destroyed):
		s.unknown(server, "", "the test was interrupted: %s", cmderr.OneLine(err))
	case destroyed.Survived == 0:
		s.fail(server, fix, "it destroys a job that is released once: the checks of a worker that stops are lost, and peeking loses jobs")
	default:
		s.warn(server, fix, "it destroys a job that is released %d times", destroyed.Survived+1)
	}
}
