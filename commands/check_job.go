package commands

import (
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// checkMaker makes the jobs of a check command. It is for one goroutine; clone it for another.
type checkMaker struct {
	check    modgearman.Check
	key      modgearman.Key
	priority wire.Priority
	ownKeys  bool // the module is configured not to give unique keys
	text     []byte
	job      wire.Submission
}

func (m *checkMaker) clone() *checkMaker {
	return &checkMaker{check: m.check, key: m.key, priority: m.priority}
}

// next returns the job of a check that the core wants now. It is valid until the next call.
func (m *checkMaker) next(now time.Time, unique string) (*wire.Submission, error) {
	m.check.CoreTime = now
	var err error
	if m.text, err = m.check.AppendText(m.text[:0]); err != nil {
		return nil, err
	}
	workload, err := modgearman.AppendEncode(m.job.Workload[:0], m.text, m.key)
	if err != nil {
		return nil, err
	}
	m.job = wire.Submission{Function: m.check.TargetQueue, Unique: unique, Workload: workload, Priority: m.priority, Background: true}
	return &m.job, nil
}
