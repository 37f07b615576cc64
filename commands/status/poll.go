package status

import (
	"context"
	"errors"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/wire"
)

// poller asks servers again and again, each independently of the others: while one does not answer, the others are asked at
// every interval.
type poller[T any] struct {
	env    *cli.Env
	ask    func(context.Context, *wire.Conn) (T, error)
	dialer *wire.Dialer
	polls  []poll[T]
}

// poll is what is known of a server.
type poll[T any] struct {
	server   string
	value    T         // of its last answer
	answered time.Time // when that came; zero: never
	err      error     // of the last attempt that ended; nil: it was answered
	began    time.Time // when the first attempt began
	pending  bool      // it is being asked
	late     bool      // it is, since an earlier round
	awaited  bool      // it is, and this round waits for it: it answered the last time, or was not asked before
	fresh    bool      // an attempt ended since the last round was shown
}

// silent returns since when there is no answer, zero if the last attempt was answered and none is late.
func (p *poll[T]) silent() time.Time {
	switch {
	case p.err == nil && !p.late && !(p.pending && p.answered.IsZero()):
		return time.Time{}
	case p.answered.IsZero():
		return p.began
	}
	return p.answered
}

// The rows of a round wait for servers that have just been asked for half of the interval, within these limits.
const (
	minSettle = 100 * time.Millisecond
	maxSettle = time.Second
)

// errNoAnswer is the error of a server that is still being asked.
var errNoAnswer = errors.New("no answer yet")

func newPoller[T any](env *cli.Env, ask func(context.Context, *wire.Conn) (T, error)) (*poller[T], error) {
	d, servers, err := env.Network()
	if err != nil {
		return nil, err
	}
	d.Dials = make(chan struct{}, wire.MaxDials) // shared by all rounds
	p := &poller[T]{env: env, ask: ask, dialer: d, polls: make([]poll[T], len(servers))}
	for i, server := range servers {
		p.polls[i].server = server
	}
	return p, nil
}

// arrival is the end of an attempt.
type arrival[T any] struct {
	at int
	wire.Result[T]
}

// run asks all servers at every interval and calls show, when all that can be expected soon have answered, until ctx ends.
func (p *poller[T]) run(ctx context.Context, interval time.Duration, show func() error) error {
	ctx, stop := context.WithCancel(ctx)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer stop()
	arrivals := make(chan arrival[T])
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		waiting := p.begin(ctx, &asking, arrivals)
		settled := time.NewTimer(min(max(interval/2, minSettle), maxSettle))
		for waiting > 0 {
			select {
			case <-ctx.Done():
				return nil
			case a := <-arrivals:
				if p.polls[a.at].awaited {
					waiting--
				}
				p.take(a)
			case <-settled.C:
				waiting = 0
			}
		}
		settled.Stop()
		if ctx.Err() != nil {
			return nil
		}
		if err := show(); err != nil {
			return err
		}
		for i := range p.polls {
			p.polls[i].fresh = false
		}
		for next := false; !next; {
			select {
			case <-ctx.Done():
				return nil
			case a := <-arrivals:
				p.take(a)
			case <-tick.C:
				next = true
			}
		}
	}
}

// begin asks the servers that are not being asked, and returns how many of them are awaited.
func (p *poller[T]) begin(ctx context.Context, asking *sync.WaitGroup, arrivals chan<- arrival[T]) (n int) {
	for i := range p.polls {
		s := &p.polls[i]
		s.late, s.awaited = s.pending, !s.pending && s.err == nil
		if s.late {
			continue
		}
		if s.awaited {
			n++
		}
		s.pending = true
		if s.began.IsZero() {
			s.began = p.env.Now()
		}
		asking.Go(func() {
			r := wire.FanOut(ctx, p.dialer, []string{s.server}, p.ask)[0]
			select {
			case arrivals <- arrival[T]{i, r}:
			case <-ctx.Done():
			}
		})
	}
	return n
}

func (p *poller[T]) take(a arrival[T]) {
	s := &p.polls[a.at]
	s.pending, s.late, s.fresh, s.err = false, false, true, a.Err
	if a.Err == nil {
		s.value, s.answered = a.Value, p.env.Now()
	}
}
