package commands

import (
	"io"
	"sync"
	"time"

	"gearctl/output"
)

// checkTotalRow is what a table shows of many checks; json, jsonl and csv have a row for each.
type checkTotalRow struct {
	Queue    string  `json:"queue"`
	Type     string  `json:"type"`
	Host     string  `json:"host"`
	Service  string  `json:"service"`
	Checks   int64   `json:"checks"`
	OK       int64   `json:"ok"`
	Warning  int64   `json:"warning"`
	Critical int64   `json:"critical"`
	Unknown  int64   `json:"unknown"`
	Fastest  float64 `json:"min_seconds" out:"seconds"`
	Average  float64 `json:"average_seconds" out:"seconds"`
	Slowest  float64 `json:"max_seconds" out:"seconds"`
	Duration float64 `json:"duration_seconds" out:"seconds"`
}

func (r *checkTotalRow) add(c checkRow) {
	*[]*int64{&r.OK, &r.Warning, &r.Critical, &r.Unknown}[c.state()]++
	if r.Checks == 0 || c.Total < r.Fastest {
		r.Fastest = c.Total
	}
	r.Slowest = max(r.Slowest, c.Total)
	r.Average = (r.Average*float64(r.Checks) + c.Total) / float64(r.Checks+1)
	r.Checks++
}

// checkPrinter prints checks as they end, and remembers the worst state.
type checkPrinter struct {
	env   *Env
	mu    sync.Mutex // guards all below
	worst int
	total checkTotalRow
	start time.Time
	err   error
	told  bool // why a check failed

	text   bool // as a plugin
	rows   *output.Printer[checkRow]
	totals *output.Printer[checkTotalRow]
}

func newCheckPrinter(env *Env, o *checkOptions) (*checkPrinter, error) {
	format, err := env.format()
	if err != nil {
		return nil, err
	}
	p := &checkPrinter{env: env, start: env.Now()}
	p.total = checkTotalRow{Type: o.kind.String(), Host: o.host, Service: o.service}
	switch table := format.Kind == output.Table; {
	case table && o.count > 1:
		p.totals, err = newPrinter[checkTotalRow](env, output.Options{})
	case table && env.globals.columns == "":
		p.text = true
	default:
		p.rows, err = newPrinter[checkRow](env, output.Options{})
	}
	return p, err
}

// badness orders the states: a critical check is worse than an unknown one.
var badness = [...]int{stateOK: 0, stateWarning: 1, stateUnknown: 2, stateCritical: 3}

// print takes a check that has ended, and reports whether its output could be written.
func (p *checkPrinter) print(r checkRow) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if badness[r.state()] > badness[p.worst] {
		p.worst = r.state()
	}
	p.total.Queue = r.Queue
	p.total.add(r)
	switch {
	case p.text:
		p.keep(p.write(r.text()))
	case p.rows != nil:
		p.keep(p.rows.Print(r))
		p.keep(p.rows.Flush())
	case r.failed && !p.told:
		p.told = true
		p.env.Warn("%s", r.Output)
	}
	return p.err == nil
}

func (p *checkPrinter) write(text string) error {
	_, err := io.WriteString(p.env.exactStdout(), text)
	return err
}

// keep remembers the first error.
func (p *checkPrinter) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}

// close ends the output and returns the worst state as an error, nil when all was well.
func (p *checkPrinter) close() error {
	switch {
	case p.rows != nil:
		p.keep(p.rows.Close())
	case p.totals != nil:
		p.total.Duration = p.env.Now().Sub(p.start).Seconds()
		p.keep(p.totals.PrintAll([]checkTotalRow{p.total}))
	}
	switch {
	case p.err != nil && !isReaderGone(p.err):
		return p.err
	case p.total.Checks == 0:
		return errInterrupted
	case p.worst != stateOK:
		return pluginState(p.worst)
	}
	return nil
}
