package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// releasesValid is how long the result of a check is used: connections that are made at the same time share one.
const releasesValid = time.Minute

// checkServers is checkServer for those of the servers that can be reached now.
func (q *requeuer) checkServers(ctx context.Context, addrs []string) error {
	for _, r := range wire.FanOut(ctx, q.dialer, addrs, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, q.checkServer(ctx, c)
	}) {
		if r.Err != nil && !connect.IsOutage(r.Err) {
			return r.Err
		}
	}
	return nil
}

// checkServer refuses a server that would destroy a job when it is put back for its last attempt.
func (q *requeuer) checkServer(ctx context.Context, c *wire.Conn) error {
	f := q.of(c.Server())
	f.asking.Lock()
	defer f.asking.Unlock()
	if now := q.env.Now(); !f.checked.IsZero() && now.Sub(f.checked) < releasesValid {
		return nil
	}
	_, err := wire.WithConn(ctx, q.dialer, c.Server(), func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, q.checkReleases(ctx, c)
	})
	if err == nil {
		f.checked = q.env.Now()
	}
	return err
}

func (q *requeuer) checkReleases(ctx context.Context, c *wire.Conn) error {
	if v, err := servers.AskVersion(ctx, c); err == nil && v.Perl {
		return cmderr.WithHint(cmderr.Errorf("%s: %s forgets a job that is put back (--requeue)", c.Server(), v), "work without --requeue: failed jobs are gone then, too")
	}
	err := c.CheckRelease(ctx, int(q.attempts)-1)
	var destroys *wire.ReleaseError
	if !errors.As(err, &destroys) {
		return err
	}
	why := cmderr.Errorf("--requeue=%d on %s: %w", q.attempts, c.Server(), err)
	if destroys.Survived == 0 {
		return cmderr.WithHint(why, "start gearmand without --job-retries")
	}
	most := destroys.Survived + 1
	return cmderr.WithHint(why, "start gearmand without --job-retries; as it is, it allows %d attempts: --requeue=%s", most, fmt.Sprint(most))
}
