package commands

import (
	"fmt"
	"strings"
	"time"

	"gearctl/output"
	"gearctl/wire/modgearman"
)

// checkRow is a check and what became of it.
type checkRow struct {
	Server     string   `json:"server"`
	Queue      string   `json:"queue"`
	Type       string   `json:"type"`
	Host       string   `json:"host"`
	Service    string   `json:"service"`
	ReturnCode int      `json:"return_code"`
	Output     string   `json:"output" out:"wide"` // of the plugin, or what went wrong
	Exec       *float64 `json:"exec_seconds" out:"seconds"`
	Queued     *float64 `json:"queue_seconds" out:"seconds"`  // null when the worker's clock differs from ours
	Returned   *float64 `json:"return_seconds" out:"seconds"` // as queue_seconds
	Total      float64  `json:"total_seconds" out:"seconds"`
	Worker     string   `json:"worker"`

	failed   bool          // no result came: Output says why
	wrongKey bool          // by all appearance the worker has another key
	skewed   bool          // the clocks differ
	skew     time.Duration // by at least so much, over 0 when the worker's is ahead
}

// Style colours the state.
func (r checkRow) Style(key string) output.Style {
	if key != "return_code" {
		return output.Plain
	}
	return stateStyle(r.ReturnCode)
}

func stateStyle(code int) output.Style {
	switch code {
	case stateOK:
		return output.Good
	case stateCritical:
		return output.Bad
	}
	return output.Warn
}

// state returns the row's code as an exit code.
func (r *checkRow) state() int {
	if r.ReturnCode < stateOK || r.ReturnCode > stateUnknown {
		return stateUnknown
	}
	return r.ReturnCode
}

// clockSlack is how far the times of a worker may contradict ours before its clock counts as another one.
const clockSlack = 5 * time.Millisecond

// fill sets the row from a result that arrived at a time of our clock. The plugin cannot have been started before
// earliest, which is sent or later.
func (r *checkRow) fill(res modgearman.Result, arrived, earliest, sent time.Time) {
	r.ReturnCode, r.Output, r.Worker = res.ReturnCode, res.Output, workerName(res.Source)
	if res.Start.IsZero() || res.Finish.IsZero() {
		return
	}
	r.Exec = seconds(res.Finish.Sub(res.Start))
	if res.Start.Before(earliest.Add(-clockSlack)) || res.Finish.After(arrived.Add(clockSlack)) {
		r.skewed, r.skew = true, res.Finish.Sub(arrived)
		if res.Start.Before(earliest) {
			r.skew = res.Start.Sub(earliest)
		}
		return
	}
	r.Queued, r.Returned = seconds(res.Start.Sub(sent)), seconds(arrived.Sub(res.Finish))
}

// seconds returns d, or 0 when it is below: the times in packets are cut to microseconds.
func seconds(d time.Duration) *float64 {
	s := max(d, 0).Seconds()
	return &s
}

// workerName is the worker in a result's source; the C worker writes a no-break space behind the @.
func workerName(source string) string {
	_, name, ok := strings.Cut(source, "Mod-Gearman Worker @")
	if !ok {
		return source
	}
	return strings.Trim(name, " \u00a0")
}

// text is what a plugin prints for the row: the output, and a line about the time.
func (r *checkRow) text() string {
	if r.failed {
		return "UNKNOWN: " + r.Output + "\n"
	}
	return strings.TrimRight(r.Output, "\n") + "\n" + r.timeLine() + "\n"
}

func (r *checkRow) timeLine() string {
	var b strings.Builder
	switch {
	case r.Exec == nil:
		b.WriteString("the result does not say when the plugin ran")
	case r.skewed:
		fmt.Fprintf(&b, "executed %s; queue and return times unknown: the clocks of the worker and this host differ", output.Seconds(*r.Exec))
	default:
		fmt.Fprintf(&b, "queued %s, executed %s, returned %s", output.Seconds(*r.Queued), output.Seconds(*r.Exec), output.Seconds(*r.Returned))
	}
	fmt.Fprintf(&b, "; %s in all", output.Seconds(r.Total))
	fmt.Fprintf(&b, " (worker %s, queue %s on %s)", r.Worker, r.Queue, r.Server)
	return output.Escape(b.String())
}
