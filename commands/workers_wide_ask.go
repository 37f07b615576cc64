package commands

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// probesAtOnce is how many workers of a server are asked at the same time, each on a connection of its own.
const probesAtOnce = 32

// statusAnswer is what came of asking a status queue.
type statusAnswer struct {
	status modgearman.Status
	err    error
	took   time.Duration
}

// askGroups asks the workers of a server, each once, and makes rows of groups. What one of several groups with the same
// name answered is nobody's row. The errors tell why some could not be asked.
func askGroups(ctx context.Context, now func() time.Time, d *wire.Dialer, server string, groups []*wideGroup, wait time.Duration) ([]wideRow, []error) {
	var names []string
	index := map[string]int{}
	for _, g := range groups {
		if _, ok := index[g.worker]; !ok && g.registrations > 0 {
			index[g.worker] = len(names)
			names = append(names, g.worker)
		}
	}
	answers := make([]statusAnswer, len(names))
	atOnce(len(names), probesAtOnce, func(i int) {
		answers[i] = askStatusQueue(ctx, now, d, server, modgearman.PrefixWorker+names[i], wait)
	})
	rows := make([]wideRow, 0, len(groups))
	for _, g := range groups {
		var a *statusAnswer
		if g.registrations > 0 {
			a = &answers[index[g.worker]]
		}
		rows = append(rows, newWideRow(server, g, a))
	}
	var errs []error
	for i := range answers {
		if a := &answers[i]; a.unasked() {
			errs = append(errs, errorf("worker %.100s: %w", names[i], a.err))
		}
	}
	return rows, errs
}

// atOnce calls f for 0 to n-1, at most limit of them at the same time, and returns when all have ended.
func atOnce(n, limit int, f func(i int)) {
	slots := make(chan struct{}, limit)
	var wg sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	wg.Wait()
}

// askStatusQueue asks who serves a status queue of a server for its state, on a connection of its own. An answer is
// waited for that long.
func askStatusQueue(ctx context.Context, now func() time.Time, d *wire.Dialer, server, queue string, wait time.Duration) statusAnswer {
	ctx, cancel := context.WithTimeoutCause(ctx, probeTime(wait), errorf("ask %s: %w", server, wire.ErrSilent))
	defer cancel()
	begun := now()
	s, err := wire.WithConn(ctx, d, server, func(ctx context.Context, c *wire.Conn) (modgearman.Status, error) {
		return probeStatus(ctx, d, c, queue)
	})
	return statusAnswer{s, err, now().Sub(begun)}
}

// probeTime is how long asking takes at most when a worker has wait to answer: then the job is taken back.
func probeTime(wait time.Duration) time.Duration { return wait + min(takingBack, wait/3) }

// nobody reports whether nobody was there to ask.
func (a *statusAnswer) nobody() bool {
	var none *noWorkerError
	return errors.As(a.err, &none)
}

// noState reports whether somebody was asked and told no state, and whether nothing at all came.
func (a *statusAnswer) noState() (none, silent bool) {
	var e *probeError
	none = errors.As(a.err, &e)
	return none, none && strings.HasPrefix(e.why, "no answer")
}

// unasked reports whether it did not come to asking.
func (a *statusAnswer) unasked() bool {
	none, _ := a.noState()
	return a.err != nil && !none && !a.nobody()
}

// newWideRow makes a row of a group and, where it has a status queue that somebody serves, of the answer.
func newWideRow(server string, g *wideGroup, a *statusAnswer) wideRow {
	r := wideRow{Server: server, Connections: g.connections, Queues: len(g.functions), Functions: g.functions}
	if g.worker != "" {
		r.Worker = &g.worker
	}
	if g.address != "" {
		r.Address, r.ID = &g.address, &g.id
	}
	if r.State = g.state(a); a != nil && a.err == nil && g.own == g.registrations {
		s := a.status
		seconds := a.took.Seconds()
		r.Name, r.Version, r.Workers, r.Min, r.Max = &s.Name, &s.Version, &s.Workers, &s.Min, &s.Max
		r.Busy, r.Done, r.Seconds = &s.Running, &s.Jobs, &seconds
	}
	return r
}

// state says what is known of a group; a is nil when there is nobody to ask.
func (g *wideGroup) state(a *statusAnswer) string {
	switch {
	case g.ambiguous:
		return wideAmbiguous
	case g.worker == "" && len(g.functions) == 0:
		return wideIdle
	case g.worker == "":
		return widePlain
	case a == nil, a.nobody():
		return wideGone
	case a.err == nil && g.registrations > 1:
		return wideShared
	case a.err == nil:
		return wideAnswers
	}
	switch none, silent := a.noState(); {
	case silent:
		return wideStale
	case none:
		return wideOdd
	}
	return wideUnasked
}
