package check

import (
	"io"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/roundtrip"
	"gearctl/output"
)

// totalRow sums up many checks in a table; json, jsonl and csv have a row per check.
type totalRow struct {
	Queue    string  `json:"queue" out:"name"`
	Type     string  `json:"type" out:"drop1"`
	Host     string  `json:"host" out:"name"`
	Service  string  `json:"service" out:"name"`
	Checks   int64   `json:"checks" out:"keep"`
	OK       int64   `json:"ok"`
	Warning  int64   `json:"warning"`
	Critical int64   `json:"critical"`
	Unknown  int64   `json:"unknown"`
	Fastest  float64 `json:"min_seconds" out:"seconds,drop2"`
	Average  float64 `json:"average_seconds" out:"seconds,drop3"`
	Slowest  float64 `json:"max_seconds" out:"seconds,drop2"`
	Duration float64 `json:"duration_seconds" out:"seconds,drop1"`
}

func (r *totalRow) add(c roundtrip.Report) {
	*[]*int64{&r.OK, &r.Warning, &r.Critical, &r.Unknown}[c.State()]++
	if r.Checks == 0 || c.Total < r.Fastest {
		r.Fastest = c.Total
	}
	r.Slowest = max(r.Slowest, c.Total)
	r.Average = (r.Average*float64(r.Checks) + c.Total) / float64(r.Checks+1)
	r.Checks++
}

// printer prints checks as they end, and keeps the worst state.
type printer struct {
	env    *cli.Env
	mu     sync.Mutex // guards all below
	worst  int
	total  totalRow
	start  time.Time
	err    error
	warned bool // the reason of the first failure

	text   bool // like a plugin
	rows   *output.Printer[roundtrip.Report]
	totals *output.Printer[totalRow]
}

func newPrinter(env *cli.Env, o *sendOptions) (*printer, error) {
	format, err := env.Format()
	if err != nil {
		return nil, err
	}
	p := &printer{env: env, start: env.Now()}
	p.total = totalRow{Type: o.kind.String(), Host: o.host, Service: o.service}
	switch table := format.Kind == output.Table; {
	case table && o.count > 1:
		p.totals, err = cli.NewPrinter[totalRow](env, output.Options{})
	case table && env.Globals.Columns == "":
		p.text = true
	default:
		p.rows, err = cli.NewPrinter[roundtrip.Report](env, output.Options{})
	}
	return p, err
}

// severity orders the states: critical is worse than unknown.
var severity = [...]int{nagios.StateOK: 0, nagios.StateWarning: 1, nagios.StateUnknown: 2, nagios.StateCritical: 3}

// print adds a finished check, and reports whether its output could be written.
func (p *printer) print(r roundtrip.Report) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if severity[r.State()] > severity[p.worst] {
		p.worst = r.State()
	}
	p.total.Queue = r.Queue
	p.total.add(r)
	switch {
	case p.text:
		p.keepError(p.write(r.Text()))
	case p.rows != nil:
		p.keepError(p.rows.Print(r))
		p.keepError(p.rows.Flush())
	case r.NoResult && !p.warned:
		p.warned = true
		p.env.Warn("%s", r.Output)
	}
	return p.err == nil
}

func (p *printer) write(text string) error {
	_, err := io.WriteString(p.env.ExactStdout(), text)
	return err
}

// keepError keeps the first error.
func (p *printer) keepError(err error) {
	if p.err == nil {
		p.err = err
	}
}

// close ends the output and returns the worst state as an error, nil if it is OK.
func (p *printer) close() error {
	switch {
	case p.rows != nil:
		p.keepError(p.rows.Close())
	case p.totals != nil:
		p.total.Duration = p.env.Now().Sub(p.start).Seconds()
		p.keepError(p.totals.PrintAll([]totalRow{p.total}))
	}
	switch {
	case p.err != nil && !cmderr.IsReaderGone(p.err):
		return p.err
	case p.total.Checks == 0:
		return cmderr.ErrInterrupted
	case p.worst != nagios.StateOK:
		return cmderr.PluginState(p.worst)
	}
	return nil
}
