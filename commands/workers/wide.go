package workers

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// defaultTimeout is the default of --wait.
const defaultTimeout = 2 * time.Second

// The states of a worker.
const (
	wideAnswers       = "ok"        // it sent its status
	wideShared        = "shared"    // ok, but several are registered under the name
	wideStale         = "stale"     // registered, but no reply in time
	wideGone          = "gone"      // its status queue exists, but nobody is registered
	wideOdd           = "odd"       // the reply is not from a Mod-Gearman worker
	wideNotQueried    = "unasked"   // the server failed before the status request
	wideAmbiguous     = "ambiguous" // connections that could belong to several workers
	wideNoStatusQueue = "plain"     // serves queues and has no status queue
	wideIdle          = "idle"      // serves no queue
)

// wideRow is a worker at an address, with its own status.
type wideRow struct {
	Server      string   `json:"server" out:"name"`
	Address     *string  `json:"address" out:"drop8"`
	Worker      *string  `json:"worker" out:"name"` // the name in its status queue
	State       string   `json:"state" out:"keep"`
	Connections int      `json:"conns" out:"drop3"`
	Queues      int      `json:"queues" out:"drop4"`
	Version     *string  `json:"version" out:"drop7"`
	Differs     bool     `json:"differs" out:"drop1"` // the version, from that of most workers
	Workers     *int     `json:"workers"`
	Min         *int     `json:"min" out:"drop2"`
	Max         *int     `json:"max" out:"drop2"`
	Busy        *int     `json:"busy" out:"drop6"`
	Done        *int64   `json:"done" out:"drop3"`
	Name        *string  `json:"name"` // as in its status
	Seconds     *float64 `json:"answer_seconds" out:"seconds,drop3"`
	ID          *string  `json:"id"`
	Functions   []string `json:"functions"`
}

// jsonOnly returns the columns that a table of 80 characters has no room for.
func jsonOnly() []string {
	return []string{"differs", "min", "max", "name", "answer_seconds", "id", "functions"}
}

// Style marks the workers that need attention.
func (r wideRow) Style(key string) output.Style {
	switch {
	case key == "state" && (r.State == wideStale || r.State == wideOdd || r.State == wideNotQueried):
		return output.Bad
	case key == "state" && (r.State == wideGone || r.State == wideShared || r.State == wideAmbiguous):
		return output.Warn
	case key == "state" && r.State == wideAnswers:
		return output.Good
	case key == "version" && r.Differs:
		return output.Warn
	case key == "busy" && r.Busy != nil && *r.Busy > 0 && *r.Busy >= *r.Workers:
		return output.Warn
	}
	return output.Plain
}

func runWide(ctx context.Context, env *cli.Env, o options) error {
	m, err := servers.NewMatcher(o.queues)
	if err != nil {
		return err
	}
	p, err := cli.NewPrinter[wideRow](env, output.Options{Sort: o.sort, HideInTable: append(env.ServerColumn(), jsonOnly()...), Empty: "no workers"})
	if err != nil {
		return err
	}
	rows, _, err := wideRows(ctx, env, m, o)
	if len(rows) == 0 && err != nil {
		return err
	}
	err = cmderr.MergeErrors(p.PrintAll(rows), err)
	printNotes(env, rows, o.timeout())
	return err
}

// timeout is how long to wait for the status of a worker.
func (o *options) timeout() time.Duration { return cmp.Or(o.wait, defaultTimeout) }

// wideServer is the result of one server and its workers.
type wideServer struct {
	rows   []wideRow
	served []string
	bad    []*wire.LineError
	failed []error // workers that could not be queried
}

// wideRows queries all servers and the workers of each, and returns which servers have answered.
func wideRows(ctx context.Context, env *cli.Env, m *servers.Matcher, o options) (rows []wideRow, answered []string, err error) {
	d, _, err := env.Network()
	if err != nil {
		return nil, nil, err
	}
	if err := env.RefuseReadOnly("--wide"); err != nil { // it sends jobs to workers
		return nil, nil, err
	}
	var served []string
	var bad []*wire.LineError
	var failed []error
	err = cli.Collect(ctx, env, func(ctx context.Context, c *wire.Conn) (*wideServer, error) {
		return queryServer(ctx, env, d, c, m, o)
	}, func(server string, s *wideServer) {
		answered = append(answered, server)
		rows, served, bad = append(rows, s.rows...), append(served, s.served...), append(bad, s.bad...)
		failed = append(failed, s.failed...)
	})
	slices.SortStableFunc(rows, compareWideRows)
	markVersions(rows)
	errs := []error{err, cmderr.BadLines(bad), cmderr.SomeFailed(failed, true)}
	if err == nil {
		errs = append(errs, cmderr.SomeFailed(notServed(m, served), len(rows) > 0))
	}
	return rows, answered, cmderr.MergeErrors(errs...)
}

func queryServer(ctx context.Context, env *cli.Env, d *wire.Dialer, c *wire.Conn, m *servers.Matcher, o options) (*wideServer, error) {
	snap, err := servers.AskQueues(ctx, c)
	if err == nil {
		err = snap.Ask(ctx, c, servers.PartWorkers)
	}
	if err != nil {
		return nil, err
	}
	s := &wideServer{bad: snap.Bad()}
	workers := snap.Workers.Rows
	for _, w := range workers {
		s.served = append(s.served, w.Functions...)
	}
	groups := groupWorkers(workers, o.all && m.All())
	groups = append(groups, goneWorkers(snap.Queues.Rows, groups)...)
	groups = slices.DeleteFunc(groups, func(g *wideGroup) bool { return !m.All() && !slices.ContainsFunc(g.queues(), m.Match) })
	s.rows, s.failed = queryGroups(ctx, env.Now, d, c.Server(), groups, o.timeout())
	return s, context.Cause(ctx)
}

// compareWideRows sorts workers that are gone after the others.
func compareWideRows(a, b wideRow) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), compareNilLast(a.Address, b.Address), compareNilLast(a.Worker, b.Worker))
}

// compareNilLast sorts nil to the end.
func compareNilLast(a, b *string) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return cmp.Compare(*a, *b)
}
