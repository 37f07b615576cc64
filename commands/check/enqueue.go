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

// enqueue submits checks without waiting, and prints them as submit does.
func enqueue(ctx context.Context, env *cli.Env, o *sendOptions, m *roundtrip.Template) error {
	b := bulk.Request{Queue: m.Check.TargetQueue, Packet: wire.SubmitJobBG, Window: wire.DefaultWindow, Many: o.count > 1}
	source := &source{env: env, o: o, template: m, unique: wire.NewUniqueSource()}
	return cli.SubmitBackground(ctx, env, b, source)
}

// source makes copies of a check.
type source struct {
	env      *cli.Env
	o        *sendOptions
	template *roundtrip.Template
	unique   *wire.UniqueSource
}

func (s *source) Jobs(ctx context.Context, _ func() error) iter.Seq2[*wire.Submission, error] {
	return func(yield func(*wire.Submission, error) bool) {
		for range s.o.count {
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			if !yield(s.template.Job(s.env.Now(), s.key())) {
				return
			}
		}
	}
}

// key returns the next unique key. With the module's key, the server would merge the copies into one job.
func (s *source) key() string {
	if s.o.unique == uniqueModule {
		return modgearman.Unique(s.o.host, s.o.service)
	}
	return s.unique.Next()
}
