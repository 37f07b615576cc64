package result

import (
	"cmp"
	"context"
	"strings"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/bulk"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// idleLimit is how long a connection may be idle before it is tested.
const idleLimit = time.Second

// sender sends results to the first server of its list that accepts. It is for one goroutine, except for receipt.
type sender struct {
	dispatcher *dispatcher
	servers    []string
	role       string
	failed     error // why sending stopped

	conn      *wire.Conn
	submitter *wire.Submitter
	sent      atomic.Int64    // on submit
	answered  atomic.Int64    // of these
	idleSince time.Time       // since when it waits for input; zero: it does not
	pending   []pendingResult // the results without an answer, by number on submit; one more than the window
	row       *serverRow      // of the server at hand
	rows      []*serverRow
	refusal   error // the first
}

// pendingResult describes a result until it is answered.
type pendingResult struct {
	number        int64
	host, service string
	code          int
	size          int64
}

func newSender(s *dispatcher, servers []string, role string) *sender {
	return &sender{dispatcher: s, servers: servers, role: role, pending: make([]pendingResult, wire.DefaultWindow+1)}
}

// open connects to the first server that accepts, and tries the list again up to --retries times.
func (o *sender) open(ctx context.Context) error {
	retries := o.dispatcher.o.retries
	if o.role == roleDupserver {
		retries = 0 // results must not wait for copies
	}
	for ; ; retries-- {
		err := o.openFirst(ctx)
		if err == nil || retries <= 0 || ctx.Err() != nil {
			return err
		}
		o.dispatcher.info("%s: retrying in %s", strings.ReplaceAll(err.Error(), "\n", "; "), cmderr.ShortDuration(o.dispatcher.o.retryInterval))
		if !cmderr.Pause(ctx, o.dispatcher.o.retryInterval) {
			return context.Cause(ctx)
		}
	}
}

// openFirst connects to the first server that accepts and answers: with a silent one the fate of results would be unknown.
func (o *sender) openFirst(ctx context.Context) error {
	var errs []error
	for _, server := range o.servers {
		c, err := o.dispatcher.dialer.Dial(ctx, server)
		if err == nil {
			if err = c.Echo(ctx, []byte("gearctl")); err == nil {
				o.use(ctx, c)
				for _, err := range errs {
					o.dispatcher.info("%v; sending to %s instead", err, server)
				}
				return nil
			}
			c.Close()
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return cmderr.SomeFailed(errs, false)
}

// use makes c the connection for the next results.
func (o *sender) use(ctx context.Context, c *wire.Conn) {
	o.conn = c
	o.resume(ctx)
	for _, row := range o.rows {
		if row.Server == c.Server() {
			o.row = row
			return
		}
	}
	o.row = &serverRow{Server: c.Server(), Role: o.role, Queue: o.dispatcher.o.queue}
	o.rows = append(o.rows, o.row)
}

// resume starts pipelining on the connection. Answers in flight are awaited even after an interrupt: they tell which results
// have arrived.
func (o *sender) resume(ctx context.Context) {
	o.sent.Store(0)
	o.answered.Store(0)
	o.submitter = wire.NewSubmitter(wire.Outlast(ctx), o.conn, wire.DefaultWindow, o.receipt)
}

// send submits job, which carries r.
func (o *sender) send(ctx context.Context, job *wire.Submission, r entry) error {
	if err := o.checkIdle(ctx); err != nil {
		return err
	}
	if err := o.dispatcher.encryptFor(o.conn.Server()); err != nil {
		return err
	}
	p := pendingResult{number: r.number, code: r.ReturnCode, size: int64(len(job.Workload))}
	if o.dispatcher.rows != nil {
		p.host, p.service = strings.Clone(r.Host), strings.Clone(r.Service) // not to keep the line in memory
	}
	o.pending[o.sent.Load()%int64(len(o.pending))] = p
	o.sent.Add(1)
	return o.submitter.Send(job)
}

// checkIdle tests a connection that was idle for a while, and uses another server if it is broken: everything was answered,
// so nothing is unconfirmed.
func (o *sender) checkIdle(ctx context.Context) error {
	rested := !o.idleSince.IsZero() && o.dispatcher.env.Now().Sub(o.idleSince) >= idleLimit
	o.idleSince = time.Time{}
	if !rested || o.answered.Load() < o.sent.Load() {
		return nil
	}
	if _, _, err := o.submitter.Close(); err == nil {
		if err := o.conn.Echo(ctx, []byte("gearctl")); err == nil {
			o.resume(ctx)
			return nil
		}
	}
	o.conn.Close()
	o.submitter = nil
	return o.open(ctx)
}

// flush sends what is buffered before waiting for input.
func (o *sender) flush() error {
	if o.idleSince.IsZero() {
		o.idleSince = o.dispatcher.env.Now()
	}
	return o.submitter.Flush()
}

// receipt counts an answer. It is called on another goroutine, in the order of the results.
func (o *sender) receipt(r wire.SubmitResult) error {
	p := o.pending[r.Number%int64(len(o.pending))]
	last := o.answered.Add(1) == o.sent.Load()
	if r.Err == nil {
		o.row.Sent++
		o.row.Bytes += p.size
		o.printRow(p, r, stateSent, "")
	} else {
		o.row.Refused++
		o.refusal = cmp.Or(o.refusal, r.Err)
		o.printRow(p, r, bulk.StateRefused, r.Err.Error())
	}
	if last {
		_ = o.dispatcher.flushRows() // the sender sees the error and stops
	}
	return nil
}

// printRow prints the row of a result; copies have none.
func (o *sender) printRow(p pendingResult, r wire.SubmitResult, state, problem string) {
	if o.dispatcher.rows == nil || o.role == roleDupserver {
		return
	}
	_ = o.dispatcher.printRow(resultRow{ // the sender sees the error and stops
		Number: p.number, Server: o.row.Server, Queue: o.row.Queue, Host: p.host, Service: p.service, ReturnCode: &p.code,
		Handle: string(r.Handle), Unique: r.Unique, State: state, Error: problem,
	})
}

// close waits for outstanding answers and returns what went wrong.
func (o *sender) close() []error {
	err := o.failed
	if o.submitter != nil {
		sent, answered, closed := o.submitter.Close()
		if err == nil {
			err = closed
		}
		if err != nil && sent > answered {
			err = o.uncertain(err, answered, sent)
		}
	}
	errs := cmderr.Flatten(err)
	if o.refusal != nil {
		why := servers.ExplainSubmission(context.Background(), o.conn, o.refusal, wire.SubmitJobBG)
		errs = append(errs, cmderr.Errorf("send to queue %s: %s refused: %w", o.dispatcher.o.queue, output.Plural(o.refused(), "result", "results"), why))
	}
	return errs
}

func (o *sender) refused() (n int64) {
	for _, row := range o.rows {
		n += row.Refused
	}
	return n
}

// uncertain adds to err which results are unconfirmed: those from answered up to sent.
func (o *sender) uncertain(err error, answered, sent int64) error {
	o.row.Unanswered += sent - answered
	for i := answered; i < sent; i++ {
		o.printRow(o.pending[i%int64(len(o.pending))], wire.SubmitResult{}, stateUnanswered, err.Error())
	}
	what := output.Plural(sent-answered, "result was", "results were")
	err = cmderr.Errorf("%w: %s accepted, %s unconfirmed and may or may not be there", err, output.Count(o.row.Sent), what)
	if !o.dispatcher.several() {
		return err
	}
	first := o.pending[answered%int64(len(o.pending))].number
	return cmderr.WithHint(err, "%s %d is the first that is unconfirmed, as are all after it", o.dispatcher.unit(), first)
}
