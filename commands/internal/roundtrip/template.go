package roundtrip

import (
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// Template makes the jobs of a check command. It is for one goroutine; clone it for another.
type Template struct {
	Check    modgearman.Check
	Key      modgearman.Key
	Priority wire.Priority
	OwnKeys  bool // the module is configured not to give unique keys
	text     []byte
	job      wire.Submission
}

func (m *Template) Clone() *Template {
	return &Template{Check: m.Check, Key: m.Key, Priority: m.Priority}
}

// Job returns the job of a check that the core wants now. It is valid until the next call.
func (m *Template) Job(now time.Time, unique string) (*wire.Submission, error) {
	m.Check.CoreTime = now
	var err error
	if m.text, err = m.Check.AppendText(m.text[:0]); err != nil {
		return nil, err
	}
	workload, err := modgearman.AppendEncode(m.job.Workload[:0], m.text, m.Key)
	if err != nil {
		return nil, err
	}
	m.job = wire.Submission{Function: m.Check.TargetQueue, Unique: unique, Workload: workload, Priority: m.Priority, Background: true}
	return &m.job, nil
}
