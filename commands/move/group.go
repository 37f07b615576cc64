package move

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// move moves from all sources: to different servers at the same time, to one server from one source after the other. Two moves
// to one server at a time could each submit a job with the same unique key, and neither would know that the server merged them.
func (p *plan) move(ctx context.Context) error {
	var waiting, moves int64
	byTarget := map[string][]*mover{}
	done := false // from some source to its end
	for _, m := range p.movers {
		if m.queue.Waiting() == 0 {
			done = true
			continue
		}
		waiting += m.queue.Waiting()
		moves++
		byTarget[m.to.Server] = append(byTarget[m.to.Server], m)
	}
	b := &bar{shown: p.env.Progress(p.verb(), waiting)}
	b.left.Store(moves)
	defer b.shown.Finish()
	var mu sync.Mutex
	var wg sync.WaitGroup
	var errs []error
	for _, movers := range byTarget {
		wg.Go(func() {
			ended, err := moveInTurn(ctx, movers, b)
			mu.Lock()
			defer mu.Unlock()
			done, errs = done || ended, append(errs, err)
		})
	}
	wg.Wait()
	err := cmderr.OneInterruption(cmderr.MergeErrors(append(errs, p.filter.Undecoded())...))
	if done {
		err = cmderr.SomeFailed(cmderr.Flatten(err), true)
	}
	return err
}

// moveInTurn moves to one server from one source after the other. It reports whether some source was moved to its end. After a
// target that refuses jobs, or an interrupt, the other sources are left alone.
func moveInTurn(ctx context.Context, movers []*mover, b *bar) (done bool, err error) {
	for i, m := range movers {
		if ctx.Err() != nil {
			return done, cmderr.MergeErrors(err, context.Cause(ctx))
		}
		t := &transfer{m: m}
		failed := t.run(ctx, b)
		done, err = done || failed == nil, cmderr.MergeErrors(err, failed)
		if t.refused != nil && i+1 < len(movers) {
			return done, cmderr.MergeErrors(err, leftAlone(movers[i+1:]))
		}
	}
	return done, err
}

// leftAlone is the error about sources from which nothing was moved, because the target refused jobs of another.
func leftAlone(movers []*mover) error {
	var names []string
	var jobs int64
	for _, m := range movers {
		names, jobs = append(names, m.from.Server), jobs+m.wouldMove()
	}
	return cmderr.Errorf("move to %s: %s on %s left alone: %s", movers[0].to, output.Plural(jobs, "job", "jobs"),
		output.Plural(int64(len(names)), "more server", "more servers"), strings.Join(names, ", "))
}

// bar is the progress bar of all moves, which ends with the last of them.
type bar struct {
	shown      *output.Progress
	done, left atomic.Int64 // jobs; moves
}

// part returns what advances the bar by the jobs of one move.
func (b *bar) part() func(jobs int64) {
	var before int64
	return func(jobs int64) {
		b.shown.Set(b.done.Add(jobs - before))
		before = jobs
	}
}

// endPart ends one move.
func (b *bar) endPart() {
	if b.left.Add(-1) == 0 {
		b.shown.Finish()
	}
}
