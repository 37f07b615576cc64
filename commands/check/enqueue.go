package check

import (
	"context"
	"iter"

	"gearctl/commands/internal/bulk"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/roundtrip"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// enqueueChecks puts checks into their queue and prints them as submit does.
func enqueueChecks(ctx context.Context, env *cli.Env, o *checkOptions, m *roundtrip.Template) error {
	b := bulk.Request{Queue: m.Check.TargetQueue, Packet: wire.SubmitJobBG, Window: wire.DefaultWindow, Many: o.count > 1}
	source := &checkSource{env: env, o: o, m: m, unique: wire.NewUniqueSource()}
	return cli.SubmitBackground(ctx, env, b, source)
}

// checkSource makes the same check again and again.
type checkSource struct {
	env    *cli.Env
	o      *checkOptions
	m      *roundtrip.Template
	unique *wire.UniqueSource
}

func (s *checkSource) Jobs(ctx context.Context, _ func() error) iter.Seq2[*wire.Submission, error] {
	return func(yield func(*wire.Submission, error) bool) {
		for range s.o.count {
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			if !yield(s.m.Job(s.env.Now(), s.key())) {
				return
			}
		}
	}
}

// key returns the next unique key: that of the module would make one check of several.
func (s *checkSource) key() string {
	if s.o.unique == uniqueModule || s.o.unique == "" && s.o.count == 1 && !s.m.OwnKeys {
		return modgearman.Unique(s.o.host, s.o.service)
	}
	return s.unique.Next()
}
