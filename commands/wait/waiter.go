package wait

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// row is a queue as it was at the end.
type row struct {
	Server  string  `json:"server" out:"name"`
	Queue   string  `json:"queue" out:"name"`
	Waiting int64   `json:"waiting" out:"drop6"`
	Running int64   `json:"running" out:"drop3"`
	Workers int64   `json:"workers" out:"drop4"`
	Reached bool    `json:"reached" out:"keep"`
	Waited  float64 `json:"waited_seconds" out:"seconds,drop1"`

	doubt string
}

// Style marks a queue that is not as wanted.
func (r row) Style(key string) output.Style {
	if key == "reached" && !r.Reached {
		return output.Bad
	}
	return output.Plain
}

// waiter polls the servers.
type waiter struct {
	env     *cli.Env
	o       *options
	matcher *servers.Matcher
	start   time.Time
	seen    map[key]bool // queues that were there at some time
	told    string       // the last change that was reported
}

// key names a queue of a server.
type key struct{ server, queue string }

// errWaited is the cause when --timeout is over.
var errWaited = errors.New("the time is over")

// wait polls until everything is as wanted, and returns the rows of the last poll that succeeded. A failure of the first poll is
// returned; after that, servers are asked until they answer.
func (w *waiter) wait(ctx context.Context) ([]row, error) {
	if w.o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, w.o.timeout, errWaited)
		defer cancel()
	}
	var last []row
	var failed error
	for polls := 0; ; polls++ {
		rows, missing, err := w.poll(ctx)
		if err != nil && w.o.timeout > 0 && w.env.Now().Sub(w.start) >= w.o.timeout {
			<-ctx.Done() // no server failed: the time is over, and the network noticed it first
		}
		switch {
		case ctx.Err() != nil && polls == 0:
			failed = errWaited
		case ctx.Err() != nil:
		case err != nil && polls == 0:
			return rows, err
		case err != nil:
			failed = err
			w.report(cmderr.OneLine(err), true)
		case len(missing) > 0 && !w.o.exists:
			return rows, cmderr.SomeFailed(missing, len(rows) > 0)
		case len(missing) == 0 && reached(rows):
			return rows, nil
		default:
			last, failed = rows, errors.Join(missing...)
			w.report(w.lacking(rows, missing), false)
		}
		if ctx.Err() == nil && cmderr.Pause(ctx, w.o.interval) {
			continue
		}
		if !errors.Is(context.Cause(ctx), errWaited) {
			return last, context.Cause(ctx)
		}
		return last, w.timedOut(last, failed)
	}
}

// poll asks all servers. missing are the queues that none of them has.
func (w *waiter) poll(ctx context.Context) (rows []row, missing []error, err error) {
	var known []string
	var bad []*wire.LineError
	found := map[key]bool{}
	add := func(server string, q wire.FunctionStatus) {
		k := key{server, q.Function}
		found[k], w.seen[k] = true, true
		rows = append(rows, w.row(server, q))
	}
	err = cli.Collect(ctx, w.env, servers.AskQueues, func(server string, s *servers.Snapshot) {
		for _, b := range s.Bad() {
			if !b.Row || b.More > 0 { // else the row is there, and in doubt
				bad = append(bad, b)
			}
		}
		for _, q := range s.Queues.Rows {
			known = append(known, q.Function)
			if w.matcher.Match(q.Function) {
				add(server, q)
			}
		}
	})
	for k := range w.seen {
		if !found[k] { // it was dropped
			known = append(known, k.queue)
			add(k.server, wire.FunctionStatus{Function: k.queue})
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		return strings.Compare(a.Server+"\x00"+a.Queue, b.Server+"\x00"+b.Queue)
	})
	if err == nil {
		missing = w.matcher.Missing(known)
	}
	return rows, missing, cmderr.MergeErrors(err, cmderr.BadLines(bad))
}

func (w *waiter) row(server string, q wire.FunctionStatus) row {
	r := row{Server: server, Queue: q.Function, Waiting: q.Waiting(), Running: q.Busy(), Workers: q.Workers, doubt: q.Doubt()}
	r.Reached = r.doubt == ""
	for i, n := range r.numbers() {
		r.Reached = r.Reached && !w.o.limits[i].Alerts(float64(n))
	}
	return r
}

// numbers returns the metrics of a row.
func (r *row) numbers() [3]int64 { return [3]int64{r.Waiting, r.Running, r.Workers} }

func reached(rows []row) bool {
	return !slices.ContainsFunc(rows, func(r row) bool { return !r.Reached })
}

// report writes a text that differs from the last on stderr: an alarm always, else on a terminal and with --verbose.
func (w *waiter) report(text string, alarm bool) {
	if text == w.told {
		return
	}
	w.told = text
	switch {
	case alarm:
		w.env.Warn("%s; asking again", text)
	case w.env.Terminal.Stderr:
		w.env.Info("%s", text)
	default:
		w.env.Verbose("%s", text)
	}
}

// lacking describes what is not as wanted.
func (w *waiter) lacking(rows []row, missing []error) string {
	const shown = 3
	var texts []string
	for _, err := range missing {
		texts = append(texts, err.Error())
	}
	several := len(w.env.ServerColumn()) == 0
	for i := range rows {
		if r := &rows[i]; !r.Reached {
			texts = append(texts, w.lack(r, several))
		}
	}
	if more := len(texts) - shown; more > 0 {
		texts = append(texts[:shown], fmt.Sprintf("and %s more", output.Count(int64(more))))
	}
	return strings.Join(texts, "; ")
}

// lack describes how a queue is, and how it has to be.
func (w *waiter) lack(r *row, several bool) string {
	name := r.Queue
	if several {
		name += " on " + r.Server
	}
	if r.doubt != "" {
		return name + ": " + r.doubt
	}
	var texts []string
	for i, n := range r.numbers() {
		if limit := w.o.limits[i]; limit.Alerts(float64(n)) {
			texts = append(texts, fmt.Sprintf("%s %s (wanted: %s)", metrics[i], output.Count(n), limit))
		}
	}
	return name + ": " + strings.Join(texts, ", ")
}

// timedOut is the error when --timeout is over. failed is why the last poll had no answer, or nil.
func (w *waiter) timedOut(rows []row, failed error) error {
	text := w.lacking(rows, cmderr.Flatten(failed))
	if errors.Is(failed, errWaited) {
		text = "no answer"
	}
	return &cmderr.NotReached{Text: fmt.Sprintf("wait: not reached within %s: %s", cmderr.ShortDuration(w.o.timeout), text)}
}
