package check

import (
	"context"
	"fmt"
	"os"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/workerpool"
)

// workRun is a running check work command. On SIGHUP it reads its settings again: a new worker begins with them, and the one
// before finishes the checks that it has, with the settings with which it took them.
type workRun struct {
	o       *workOptions
	env     *cli.Env
	totals  *workTotals
	hangups <-chan os.Signal // nil: no reload
	ended   chan workEnd
	running int      // workers
	stops   []func() // close idle connections
}

// workEnd is how a worker ended.
type workEnd struct {
	w   *worker
	err error
}

// run works until ctx ends, a worker fails or all checks are done.
func (r *workRun) run(ctx context.Context, w *worker) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer func() {
		cancel(nil)
		for _, stop := range r.stops {
			stop()
		}
	}()
	replace := r.start(ctx, w)
	var result error
	for r.running > 0 {
		select {
		case end := <-r.ended:
			r.running--
			if end.w == w || end.err != nil || r.totals.limiter.Done() {
				result = cmderr.MergeErrors(result, end.err)
				cancel(workerpool.ErrReplaced) // for workers that are left
			}
		case <-r.hangups:
			if next := r.reload(ctx, w); next != nil {
				stop := replace
				w, replace = next, r.start(ctx, next)
				stop(workerpool.ErrReplaced)
			}
		}
	}
	return result
}

// start starts a worker and returns what ends it.
func (r *workRun) start(ctx context.Context, w *worker) context.CancelCauseFunc {
	ctx, cancel := context.WithCancelCause(ctx)
	r.running++
	go func() {
		defer cancel(nil)
		err := w.work(ctx)
		r.ended <- workEnd{w, err}
	}()
	return cancel
}

// reload returns a worker with the settings as they are now, or nil if they cannot be used.
func (r *workRun) reload(ctx context.Context, old *worker) *worker {
	defer r.env.Reloading()()
	env, stop := r.env.Reread()
	r.stops = append(r.stops, stop)
	w, err := r.prepare(ctx, env)
	if err != nil {
		r.env.Warn("SIGHUP: %s; going on with the old settings", r.env.OneLine(err))
		return nil
	}
	changes := changedSettings(old, w)
	for _, c := range changes {
		r.env.Info("SIGHUP: %s", c)
	}
	if len(changes) == 0 {
		r.env.Info("SIGHUP: no setting has changed")
	}
	r.totals.limiter.Resize(w.parallel)
	return w
}

// changedSettings describes the settings that differ, without secrets.
func changedSettings(old, w *worker) (list []string) {
	before, after := old.settings(), w.settings()
	for i, s := range after {
		if was := before[i].value; was != s.value {
			list = append(list, fmt.Sprintf("%s: %s -> %s", s.name, was, s.value))
		}
	}
	return list
}

// setting is a setting as it is shown.
type setting struct{ name, value string }

func (w *worker) settings() []setting {
	r := w.runner
	list := func(items []string) string {
		if len(items) == 0 {
			return "none"
		}
		return strings.Join(items, ", ")
	}
	return []setting{
		{"servers", list(w.addrs)},
		{"key", roundtrip.KeyName(w.key)},
		{"identifier", r.Identifier},
		{"queues", list(w.queues)},
		{"checks at a time", fmt.Sprint(w.parallel)},
		{"max-age", cmderr.ShortDuration(w.maxAge)},
		{"result queue", w.resultQueue},
		{"dupservers", list(w.dupservers)},
		{"copies are passive", fmt.Sprint(w.dupPassive)},
		{"job timeout", cmderr.ShortDuration(r.JobTimeout)},
		{"timeout return", fmt.Sprint(r.TimeoutReturn)},
		{"error output", fmt.Sprint(r.ShowStderr)},
		{"restrict path", list(r.Paths)},
		{"restrict characters", r.Forbidden},
	}
}
