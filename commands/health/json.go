package health

import (
	"bytes"
	"encoding/json"

	"gearctl/commands/internal/nagios"
)

// The report as JSON.
type (
	reportJSON struct {
		State    string       `json:"state"`
		Code     int          `json:"code"`
		Summary  string       `json:"summary"`
		Reasons  []reasonJSON `json:"reasons"`
		Servers  []serverJSON `json:"servers"`
		Queues   []queueJSON  `json:"queues"`
		Probes   []answerJSON `json:"probes"`
		EndToEnd []answerJSON `json:"end_to_end"`
		Storage  []answerJSON `json:"storage"`
		Notes    []string     `json:"notes"`
		By       []groupJSON  `json:"by,omitempty"` // with --by
	}
	groupJSON struct {
		Label     string  `json:"label"`
		Value     *string `json:"value"` // null: the servers without the label
		State     string  `json:"state"`
		Code      int     `json:"code"`
		Summary   string  `json:"summary"`
		Servers   int     `json:"servers"`
		Answering int64   `json:"answering"`
		Queues    int64   `json:"queues"`
		Waiting   int64   `json:"waiting"`
		Running   int64   `json:"running"`
	}
	reasonJSON struct {
		State  string `json:"state"`
		Server string `json:"server"`
		Queue  string `json:"queue"`
		Text   string `json:"text"`
	}
	serverJSON struct {
		Server string            `json:"server"`
		Up     bool              `json:"up"`
		Queues int               `json:"queues"`
		Labels map[string]string `json:"labels,omitempty"`
	}
	queueJSON struct {
		Server  string `json:"server"`
		Queue   string `json:"queue"`
		State   string `json:"state"`
		Total   int64  `json:"total"`
		High    *int64 `json:"high,omitempty"`
		Normal  *int64 `json:"normal,omitempty"`
		Low     *int64 `json:"low,omitempty"`
		Waiting int64  `json:"waiting"`
		Running int64  `json:"running"`
		Workers int64  `json:"workers"`
	}
	answerJSON struct {
		Server  string   `json:"server"`
		Queue   string   `json:"queue"`
		State   string   `json:"state"`
		Text    string   `json:"text"`
		Seconds *float64 `json:"seconds"`          // null: no answer came
		Worker  string   `json:"worker,omitempty"` // that ran a test check
		Version string   `json:"version,omitempty"`
		Workers *int     `json:"workers,omitempty"`
		Min     *int     `json:"min,omitempty"`
		Max     *int     `json:"max,omitempty"`
		Running *int     `json:"running,omitempty"`
		Jobs    *int64   `json:"jobs,omitempty"`
	}
)

// json returns the report as an object on one line, or with indent as an array of one object.
func (r *report) json(indent bool, notes []string) ([]byte, error) {
	j := reportJSON{
		State: nagios.StateName(r.state()), Code: r.state(), Summary: r.summary(),
		Reasons: []reasonJSON{}, Servers: []serverJSON{}, Queues: []queueJSON{}, Probes: []answerJSON{}, EndToEnd: []answerJSON{}, Storage: []answerJSON{}, Notes: append([]string{}, notes...),
	}
	for _, reason := range r.reasons {
		j.Reasons = append(j.Reasons, reasonJSON{nagios.StateName(reason.state), reason.server, reason.queue, reason.text})
	}
	for _, s := range r.servers {
		j.Servers = append(j.Servers, serverJSON{s.server, s.err == nil, len(s.queues), r.labelsOf(s.server)})
		for i := range s.queues {
			j.Queues = append(j.Queues, newQueueJSON(s.server, &s.queues[i]))
		}
		for i := range s.probes {
			j.Probes = append(j.Probes, newAnswerJSON(s.server, &s.probes[i]))
		}
		for i := range s.endToEnd {
			j.EndToEnd = append(j.EndToEnd, newAnswerJSON(s.server, &s.endToEnd[i]))
		}
		for i := range s.storage {
			j.Storage = append(j.Storage, newAnswerJSON(s.server, &s.storage[i]))
		}
	}
	if r.by != "" {
		for _, s := range r.sections() {
			j.By = append(j.By, newGroupJSON(r.by, s))
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	var whole any = j
	if indent {
		e.SetIndent("", "  ")
		whole = []reportJSON{j}
	}
	err := e.Encode(whole)
	return b.Bytes(), err
}

func newGroupJSON(label string, s *section) groupJSON {
	t := s.totals()
	j := groupJSON{
		Label: label, State: nagios.StateName(s.state()), Code: s.state(), Summary: s.problems(),
		Servers: len(s.servers), Answering: t.answered, Queues: t.queues, Waiting: t.waiting, Running: t.running,
	}
	if s.name != "" {
		j.Value = &s.name
	}
	return j
}

// labelsOf returns the labels of a server, nil for none.
func (r *report) labelsOf(server string) map[string]string {
	if r.labels == nil {
		return nil
	}
	return r.labels.Of(server)
}

func newQueueJSON(server string, q *queueResult) queueJSON {
	j := queueJSON{Server: server, Queue: q.Function, State: nagios.StateName(q.state), Total: q.Total, Waiting: q.Waiting(), Running: q.Running, Workers: q.Workers}
	if p := q.priority; p != nil {
		j.High, j.Normal, j.Low = &p.High, &p.Normal, &p.Low
	}
	return j
}

func newAnswerJSON(server string, a *answer) answerJSON {
	j := answerJSON{Server: server, Queue: a.queue, State: nagios.StateName(a.state), Text: a.text, Worker: a.worker}
	if !a.failed {
		j.Seconds = &a.seconds
	}
	if s := a.status; s != nil {
		j.Version, j.Workers, j.Min, j.Max, j.Running, j.Jobs = s.Version, &s.Workers, &s.Min, &s.Max, &s.Running, &s.Jobs
	}
	return j
}
