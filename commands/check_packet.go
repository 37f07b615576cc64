package commands

import (
	"cmp"
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

// newCheckMaker refuses what cannot become a packet.
func newCheckMaker(env *Env, o *checkOptions) (*checkMaker, error) {
	queue, err := o.target.choose(env, o)
	if err != nil {
		return nil, err
	}
	set, err := env.nebSettings()
	if err != nil {
		return nil, err
	}
	resultQueue := cmp.Or(o.resultQueue, set.ResultQueue)
	if err := checkQueueName(resultQueue); err != nil {
		return nil, err
	}
	m := &checkMaker{
		ownKeys: !set.UseUniqueKeys,
		check: modgearman.Check{
			Kind: o.kind, ResultQueue: resultQueue, TargetQueue: queue, Host: o.host, Service: o.service,
			Timeout: int(o.jobTimeout / time.Second), CommandLine: o.command,
		},
		priority: wirePriority(o.kind.Priority(o.forced)),
	}
	if _, err := m.check.AppendText(nil); err != nil {
		return nil, usagef("%v", err)
	}
	m.key, err = o.keys.encoding(env)
	return m, err
}

// nebSettings returns what the NEB module makes of --config, or its defaults.
func (e *Env) nebSettings() (modgearman.Settings, error) {
	config, err := e.config()
	if config == nil {
		config = new(modgearman.Config)
	}
	return config.Settings(modgearman.ProgramNEB), err
}

func wirePriority(p modgearman.Priority) wire.Priority {
	switch p {
	case modgearman.PriorityLow:
		return wire.PriorityLow
	case modgearman.PriorityHigh:
		return wire.PriorityHigh
	}
	return wire.PriorityNormal
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
