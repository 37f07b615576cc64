package commands

import (
	"context"
	"iter"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// enqueueChecks puts checks into their queue and prints them as submit does.
func enqueueChecks(ctx context.Context, env *Env, o *checkOptions, m *checkMaker) error {
	b := bulkJobs{queue: m.check.TargetQueue, packet: wire.SubmitJobBG, window: wire.DefaultWindow, many: o.count > 1}
	source := &checkSource{env: env, o: o, m: m, unique: wire.NewUniqueSource()}
	return submitBackground(ctx, env, b, source)
}

// checkSource makes the same check again and again.
type checkSource struct {
	env    *Env
	o      *checkOptions
	m      *checkMaker
	unique *wire.UniqueSource
}

func (s *checkSource) jobs(ctx context.Context, _ func() error) iter.Seq2[*wire.Submission, error] {
	return func(yield func(*wire.Submission, error) bool) {
		for range s.o.count {
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			if !yield(s.m.next(s.env.Now(), s.key())) {
				return
			}
		}
	}
}

// key returns the next unique key: that of the module would make one check of several.
func (s *checkSource) key() string {
	if s.o.unique == uniqueModule || s.o.unique == "" && s.o.count == 1 && !s.m.ownKeys {
		return modgearman.Unique(s.o.host, s.o.service)
	}
	return s.unique.Next()
}
