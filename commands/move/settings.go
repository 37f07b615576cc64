package move

import (
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/jobs"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// settings are what all moves of a run have in common.
type settings struct {
	env    *cli.Env
	o      *options
	dialer *wire.Dialer
	filter *jobs.Filter // nil: every job
	rekey  *rekeying    // nil: payloads stay as they are
	keys   []modgearman.Key
}

func newSettings(env *cli.Env, o *options) (*settings, error) {
	d, err := env.Dialer()
	if err != nil {
		return nil, err
	}
	s := &settings{env: env, o: o, dialer: d}
	if s.filter, err = o.filter.Filter(env); err != nil {
		return nil, err
	}
	if s.keys, err = s.findKeys(); err != nil || o.rekey == "" {
		return s, err
	}
	rule, err := o.filter.Keys.Dialect()
	if err != nil {
		return nil, err
	}
	s.rekey, err = parseRekey(env, o.rekey, rule)
	return s, err
}

func (s *settings) findKeys() ([]modgearman.Key, error) {
	if s.filter != nil {
		return s.filter.Keys, nil
	}
	return s.o.filter.Keys.Decoding(s.env)
}
