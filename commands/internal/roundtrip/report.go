package roundtrip

import (
	"fmt"
	"strings"
	"time"

	"gearctl/commands/internal/nagios"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// Report describes a check and its outcome: the row that commands print.
type Report struct {
	Server     string   `json:"server" out:"name"`
	Queue      string   `json:"queue" out:"name"`
	Type       string   `json:"type" out:"drop1"`
	Host       string   `json:"host" out:"name"`
	Service    string   `json:"service" out:"name"`
	ReturnCode int      `json:"return_code" out:"keep"`
	Output     string   `json:"output" out:"wide"` // of the plugin, or why there is no result
	Exec       *float64 `json:"exec_seconds" out:"seconds,drop2"`
	Queued     *float64 `json:"queue_seconds" out:"seconds,drop2"`  // null when the worker's clock differs from ours
	Returned   *float64 `json:"return_seconds" out:"seconds,drop2"` // as queue_seconds
	Total      float64  `json:"total_seconds" out:"seconds,drop4"`
	Worker     string   `json:"worker" out:"drop3"`

	NoResult bool          // Output says why
	WrongKey bool          // the worker probably has another key
	Skewed   bool          // the clocks differ
	Skew     time.Duration // by at least this much, positive if the worker's is ahead
}

// Style colours the state.
func (r Report) Style(key string) output.Style {
	if key != "return_code" {
		return output.Plain
	}
	return nagios.StateStyle(r.ReturnCode)
}

// State returns the row's code as an exit code.
func (r *Report) State() int {
	if r.ReturnCode < nagios.StateOK || r.ReturnCode > nagios.StateUnknown {
		return nagios.StateUnknown
	}
	return r.ReturnCode
}

// clockSlack is how far the times of a worker may deviate before its clock counts as different.
const clockSlack = 5 * time.Millisecond

// setResult fills the report from a result that arrived at the given time. The plugin cannot have started before
// earliest.
func (r *Report) setResult(res modgearman.Result, arrived, earliest, sent time.Time) {
	r.ReturnCode, r.Output, r.Worker = res.ReturnCode, res.Output, workerName(res.Source)
	if res.Start.IsZero() || res.Finish.IsZero() {
		return
	}
	r.Exec = seconds(res.Finish.Sub(res.Start))
	if res.Start.Before(earliest.Add(-clockSlack)) || res.Finish.After(arrived.Add(clockSlack)) {
		r.Skewed, r.Skew = true, res.Finish.Sub(arrived)
		if res.Start.Before(earliest) {
			r.Skew = res.Start.Sub(earliest)
		}
		return
	}
	r.Queued, r.Returned = seconds(res.Start.Sub(sent)), seconds(arrived.Sub(res.Finish))
}

// seconds returns d in seconds, at least 0: times in packets are truncated to microseconds.
func seconds(d time.Duration) *float64 {
	s := max(d, 0).Seconds()
	return &s
}

// workerName is the worker in a result's source, or the source.
func workerName(source string) string {
	if name, ok := modgearman.WorkerOf(source); ok {
		return name
	}
	return source
}

// Text is what a plugin prints for the row: the output, and a line about the time.
func (r *Report) Text() string {
	if r.NoResult {
		return "UNKNOWN: " + r.Output + "\n"
	}
	return strings.TrimRight(r.Output, "\n") + "\n" + r.timeLine() + "\n"
}

func (r *Report) timeLine() string {
	var b strings.Builder
	switch {
	case r.Exec == nil:
		b.WriteString("the result does not say when the plugin ran")
	case r.Skewed:
		fmt.Fprintf(&b, "executed %s; queue and return times unknown: the clocks of the worker and this host differ", output.Seconds(*r.Exec))
	default:
		fmt.Fprintf(&b, "queued %s, executed %s, returned %s", output.Seconds(*r.Queued), output.Seconds(*r.Exec), output.Seconds(*r.Returned))
	}
	fmt.Fprintf(&b, "; %s in all", output.Seconds(r.Total))
	fmt.Fprintf(&b, " (worker %s, queue %s on %s)", r.Worker, r.Queue, r.Server)
	return output.Escape(b.String())
}
