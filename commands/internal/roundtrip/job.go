package roundtrip

import (
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// CheckMaker makes the jobs of a check command. It is for one goroutine; clone it for another.
type CheckMaker struct {
	Check    modgearman.Check
	Key      modgearman.Key
	Priority wire.Priority
	OwnKeys  bool // the module is configured not to give unique keys
	text     []byte
	job      wire.Submission
}

func (m *CheckMaker) Clone() *CheckMaker {
	return &CheckMaker{Check: m.Check, Key: m.Key, Priority: m.Priority}
}

// Next returns the job of a check that the core wants now. It is valid until the next call.
func (m *CheckMaker) Next(now time.Time, unique string) (*wire.Submission, error) {
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
