package commands

import (
	"cmp"
	"time"

	"gearctl/wire/modgearman"
)

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
		priority: o.kind.Priority(o.forced),
	}
	if _, err := m.check.AppendText(nil); err != nil {
		return nil, usagef("%v", err)
	}
	m.key, err = o.keys.encoding(env)
	return m, err
}
