package result

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// dispatcher encodes results and passes each to its senders.
type dispatcher struct {
	env     *cli.Env
	o       *sendOptions
	dialer  *wire.Dialer
	key     modgearman.Key
	keys    map[string]modgearman.Key // by server, where it is not key; nil: none
	unique  *wire.UniqueSource
	start   time.Time
	senders []*sender
	job     wire.Submission
	text    []byte // the current packet, reused
	bad     int64

	totals *output.Printer[serverRow]
	mu     sync.Mutex                 // guards what follows: receipts come from a goroutine for each server
	rows   *output.Printer[resultRow] // nil unless -o jsonl
	failed error                      // of rows
}

// newDispatcher validates the flags before anything is sent.
func newDispatcher(env *cli.Env, o *sendOptions) (*dispatcher, error) {
	dialer, servers, err := env.Network()
	if err != nil {
		return nil, err
	}
	s := &dispatcher{env: env, o: o, dialer: dialer, unique: wire.NewUniqueSource(), start: env.Now()}
	s.job = wire.Submission{Function: o.queue, Background: true}
	if err := s.findKeys(servers); err != nil {
		return nil, err
	}
	dups, err := s.dupservers()
	if err != nil {
		return nil, err
	}
	s.addSenders(servers, dups)
	return s, s.openPrinter(len(servers) == 1 && len(dups) == 0, len(dups) == 0)
}

// findKeys sets the key of each server; dupservers get that of the first. When neither flag, environment, context nor
// --config speaks of one it is none, as with send_gearman in C.
func (s *dispatcher) findKeys(servers []string) error {
	config, err := s.env.Config()
	if err != nil {
		return err
	}
	if config == nil && !s.o.keys.Named(s.env) {
		s.env.Info("no key: sending unencrypted (--no-encryption silences this)")
		return nil
	}
	keys, err := s.o.keys.EncodingOf(s.env, servers)
	if err != nil {
		return err
	}
	s.key = keys[servers[0]]
	for _, key := range keys {
		if !key.Equal(s.key) {
			s.keys = keys
		}
	}
	return nil
}

// encryptFor encrypts the current job for a server.
func (s *dispatcher) encryptFor(server string) (err error) {
	if s.keys == nil {
		return nil
	}
	key, own := s.keys[server]
	if !own {
		key = s.key
	}
	s.job.Workload, err = modgearman.AppendEncode(s.job.Workload[:0], s.text, key)
	return err
}

// dupservers returns those of the flags, else those of --config.
func (s *dispatcher) dupservers() ([]string, error) {
	items := s.o.dupservers.Value()
	if len(items) == 0 {
		config, err := s.env.Config()
		if err != nil || config == nil {
			return nil, err
		}
		items = config.Settings(modgearman.ProgramNEB).Dupservers
	}
	servers, err := wire.ParseServers(items...)
	if err != nil {
		return nil, cmderr.Usagef("--dupserver: %v", err)
	}
	return servers, nil
}

func (s *dispatcher) addSenders(servers, dups []string) {
	groups := [][]string{servers}
	if s.o.all {
		groups = slices.Collect(slices.Chunk(servers, 1))
	}
	for _, group := range groups {
		s.senders = append(s.senders, newSender(s, group, roleServer))
	}
	for _, dup := range dups {
		s.senders = append(s.senders, newSender(s, []string{dup}, roleDupserver))
	}
}

func (s *dispatcher) openPrinter(hideServer, hideRole bool) (err error) {
	format, err := s.env.Format()
	if err != nil {
		return err
	}
	if format.Kind == output.JSONL {
		s.rows, err = cli.NewPrinter[resultRow](s.env, output.Options{})
		return err
	}
	var hidden []string
	if hideServer {
		hidden = append(hidden, "server")
	}
	if hideRole {
		hidden = append(hidden, "role")
	}
	s.totals, err = cli.NewPrinter[serverRow](s.env, output.Options{HideInTable: hidden})
	return err
}

// open connects all senders concurrently. It fails if only dupservers could be reached.
func (s *dispatcher) open(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, o := range s.senders {
		wg.Go(func() { o.failed = o.open(ctx) })
	}
	wg.Wait()
	var errs []error
	for _, o := range s.senders {
		if o.role == roleServer {
			errs = append(errs, cmderr.Flatten(o.failed)...)
		}
	}
	if s.working() {
		return nil
	}
	return errors.Join(errs...)
}

// info logs, for senders that connect concurrently.
func (s *dispatcher) info(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.env.Info(format, args...)
}

// working reports whether a server other than dupservers is left.
func (s *dispatcher) working() bool {
	return slices.ContainsFunc(s.senders, func(o *sender) bool { return o.role == roleServer && o.failed == nil })
}

func (s *dispatcher) closeConns() {
	for _, o := range s.senders {
		if o.conn != nil {
			o.conn.Close()
		}
	}
}

// run sends the results of in. Senders keep their own errors.
func (s *dispatcher) run(ctx context.Context, in *source) error {
	for r, err := range in.results(ctx, s.flush) {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if err := s.dispatch(ctx, r); err != nil {
			return err
		}
		if !s.working() {
			return nil
		}
	}
	return nil
}

func (s *dispatcher) dispatch(ctx context.Context, r entry) error {
	if r.bad == nil {
		r.bad = s.encode(r.Result)
		if r.bad != nil && s.several() {
			r.bad = cmderr.Errorf("%s %d: %w", s.unit(), r.number, r.bad)
		}
	}
	if r.bad != nil {
		return s.reportBad(r)
	}
	s.job.Unique = s.unique.Next()
	for _, o := range s.senders {
		if o.failed == nil {
			o.failed = o.send(ctx, &s.job, r)
		}
	}
	return s.printError()
}

// several reports whether the input may hold more than one result.
func (s *dispatcher) several() bool { return s.o.lines || s.o.checkMulti }

func (s *dispatcher) unit() string {
	if s.o.checkMulti {
		return "child"
	}
	return "line"
}

// encode encodes r as the next job, or returns why that is impossible.
func (s *dispatcher) encode(r modgearman.Result) error {
	if len(r.Output) > modgearman.MaxOutput {
		return cmderr.Errorf("the output has %d bytes or more, but Mod-Gearman allows %d", len(r.Output), modgearman.MaxOutput)
	}
	if r.Passive && r.Service == "" && r.ReturnCode >= len(hostStates) {
		return errHostState(strconv.Itoa(r.ReturnCode))
	}
	text, err := r.AppendText(s.text[:0])
	if err != nil {
		return jobs.PacketProblem(err)
	}
	s.text = text
	s.job.Workload, err = modgearman.AppendEncode(s.job.Workload[:0], text, s.key)
	return err
}

// reportBad reports a bad result: at once, since there may be more of them than memory.
func (s *dispatcher) reportBad(r entry) error {
	s.bad++
	s.env.Warn("%v", r.bad)
	return s.printRow(resultRow{Number: r.number, Queue: s.o.queue, Host: r.Host, Service: r.Service, State: stateBad, Error: r.bad.Error()})
}

// printRow prints the row of a result, where results have rows. The error is the first of all.
func (s *dispatcher) printRow(row resultRow) error {
	if s.rows == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = s.rows.Print(row)
	}
	return s.failed
}

func (s *dispatcher) printError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// flush is called before waiting for input, so that what was read so far is sent.
func (s *dispatcher) flush() error {
	for _, o := range s.senders {
		if o.failed == nil {
			o.failed = o.flush()
		}
	}
	return s.flushRows()
}

// flushRows writes the rows of results so far. The error is the first of all.
func (s *dispatcher) flushRows() error {
	if s.rows == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = s.rows.Flush()
	}
	return s.failed
}
