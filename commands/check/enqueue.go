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

// enqueue puts checks into their queue and prints them as submit does.
func enqueue(ctx context.Context, env *cli.Env, o *sendOptions, m *roundtrip.Template) error {
	b := bulk.Request{Queue: m.Check.TargetQueue, Packet: wire.SubmitJobBG, Window: wire.DefaultWindow, Many: o.count > 1}
	source := &source{env: env, o: o, template: m, unique: wire.NewUniqueSource()}
	return cli.SubmitBackground(ctx, env, b, source)
}

// source makes the same check again and again.
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

// key returns the next unique key: that of the module would make one check of several.
func (s *source) key() string {
	if s.o.unique == uniqueModule || s.o.unique == "" && s.o.count == 1 && !s.template.OwnKeys {
		return modgearman.Unique(s.o.host, s.o.service)
	}
	return s.unique.Next()
}
