package check

import (
	"cmp"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/servers"
	"gearctl/wire/modgearman"
)

// newTemplate returns the check that the flags describe, and sets the default of --unique. What cannot be encoded is a usage
// error.
func newTemplate(env *cli.Env, o *sendOptions) (*roundtrip.Template, error) {
	queue, err := o.target.choose(env, o)
	if err != nil {
		return nil, err
	}
	set, err := env.NebSettings()
	if err != nil {
		return nil, err
	}
	resultQueue := cmp.Or(o.resultQueue, set.ResultQueue)
	if err := servers.CheckQueueName(resultQueue); err != nil {
		return nil, err
	}
	if o.unique == "" && o.count == 1 && set.UseUniqueKeys {
		o.unique = uniqueModule
	}
	m := &roundtrip.Template{
		Check: modgearman.Check{
			Kind: o.kind, ResultQueue: resultQueue, TargetQueue: queue, Host: o.host, Service: o.service,
			Timeout: int(o.jobTimeout / time.Second), CommandLine: o.command,
		},
		Priority: o.kind.Priority(o.forced),
	}
	if _, err := m.Check.AppendText(nil); err != nil {
		return nil, cmderr.Usagef("%v", err)
	}
	return m, o.setKeys(env, m)
}

// setKeys sets the key of each server. Copies that are not waited for have the same job for all.
func (o *sendOptions) setKeys(env *cli.Env, m *roundtrip.Template) (err error) {
	if o.wait == 0 {
		m.Key, err = o.keys.Encoding(env)
		return err
	}
	list, err := env.Servers()
	if err == nil {
		m.Keys, err = o.keys.EncodingOf(env, list)
	}
	return err
}
