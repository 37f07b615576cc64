package work

import (
	"context"
	"errors"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire"
)

// takenRow is a printed job.
type takenRow struct {
	Server  string `json:"server" out:"name"`
	Queue   string `json:"queue" out:"name"`
	Handle  string `json:"handle" out:"drop2"`
	Unique  string `json:"unique" out:"drop1"`
	Payload string `json:"payload" out:"wide"`
}

// jobPrinter prints the jobs of several queues and servers without interleaving them.
type jobPrinter struct {
	env *cli.Env
	o   *options
	s   *connect.Supervisor
	mu  sync.Mutex
	raw *jobs.RawWriter           // nil if the format has rows
	row *output.Printer[takenRow] // nil if raw is set
}

// printJobs takes jobs, prints them and completes them until ctx ends or --count is reached. A job is completed only
// after it was written.
func printJobs(ctx context.Context, env *cli.Env, o *options, s *connect.Supervisor, servers []string) error {
	if err := o.checkPrinting(env); err != nil {
		return err
	}
	p, err := newJobPrinter(env, o, s)
	if err != nil {
		return err
	}
	if err := o.findQueues(ctx, s, servers); err != nil {
		return err
	}
	limits := o.limits()
	if err := limits.CheckServers(ctx, env, s.Dialer, servers); err != nil {
		return err
	}
	o.announce(env, servers)
	switch {
	case limits.Shared():
		err = p.oneByOne(ctx, servers, o.count)
	case o.count > 0 && len(servers)*len(o.queues) > 1:
		err = p.takeCount(ctx, servers)
	default:
		err = p.takeAll(ctx, servers)
	}
	if cmderr.IsReaderGone(err) {
		return cmderr.Errorf("work: %w: the rest was requeued", cmderr.ErrReaderGone)
	}
	if p.row != nil {
		return cmderr.MergeErrors(p.row.Close(), err)
	}
	return err
}

func newJobPrinter(env *cli.Env, o *options, s *connect.Supervisor) (*jobPrinter, error) {
	format, err := env.Format()
	if err != nil {
		return nil, err
	}
	p := &jobPrinter{env: env, o: o, s: s}
	if format.Kind == "raw" || format.Kind == output.Table {
		p.raw = jobs.NewRawWriter(env.ExactStdout(), o.print0)
		return p, nil
	}
	p.row, err = cli.NewPrinter[takenRow](env, output.Options{})
	return p, err
}

// takeAll takes jobs on one connection per queue and server, each with many grabs in flight.
func (p *jobPrinter) takeAll(ctx context.Context, servers []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	errs := make(chan error, len(servers)*len(p.o.queues))
	for _, server := range servers {
		for _, queue := range p.o.queues {
			wg.Go(func() {
				if err := p.take(ctx, server, queue); err != nil {
					errs <- err
					cancel()
				}
			})
		}
	}
	wg.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

func (p *jobPrinter) take(ctx context.Context, server, queue string) error {
	left := p.o.count
	err := p.s.Run(ctx, server, func(ctx context.Context, c *wire.Conn) error {
		t := p.newTake(server, queue)
		t.Follow, t.Max = true, max(left, 0)
		n, err := c.Take(ctx, t)
		if left -= maybeRemoved(n); p.o.count > 0 && left <= 0 {
			return nil
		}
		return err
	})
	if err == nil && p.o.count > 0 && left > 0 {
		return context.Cause(ctx)
	}
	return err
}

// maybeRemoved returns how many printed jobs the server may have removed: after an outage too, --count is not exceeded.
func maybeRemoved(n wire.Taken) int64 { return n.Acknowledged + n.Gone + n.Unconfirmed }

// newTake returns a request that prints and completes the jobs of a queue as they arrive.
func (p *jobPrinter) newTake(server, queue string) *wire.Take {
	return &wire.Take{
		Function: queue, ClientID: p.env.ClientID(), Answer: wire.AnswerComplete, AckImmediately: true,
		Job:  func(j wire.Job) error { return p.print(server, j) },
		Sync: p.flush,
	}
}

func (p *jobPrinter) print(server string, j wire.Job) error {
	if p.raw != nil {
		return p.raw.Job(j)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.row.Print(takenRow{server, string(j.Function), string(j.Handle), string(j.Unique), string(j.Workload)})
}

func (p *jobPrinter) flush() error {
	if p.raw != nil {
		return p.raw.Flush()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.row.Flush()
}
