package roundtrip

import (
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// Template makes the jobs of a check that is sent repeatedly. It is for one goroutine; copy it before its first use for others.
type Template struct {
	Check    modgearman.Check
	Key      modgearman.Key
	Priority wire.Priority
	text     []byte
	job      wire.Submission
}

// Job returns the job of a check that is due now. It is valid until the next call.
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
