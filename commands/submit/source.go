package submit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"strings"
	"text/template"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/input"
	"gearctl/output"
	"gearctl/wire"
)

// jobSource produces the jobs of a submit command from arguments, from the whole of stdin, or from its lines.
type jobSource struct {
	env    *cli.Env
	o      *options
	unique *wire.UniqueSource
	data   []*template.Template // one per DATA, with --template
	key    *template.Template
	lines  *input.Reader // nil unless --lines
	number int64
	empty  int64 // lines that --skip-empty skipped
	crlf   bool  // a line ended in CR LF
}

// jobValues are the fields available to a template.
type jobValues struct {
	Number int64
	Unique string
	Line   string
	Time   time.Time
}

func newJobSource(env *cli.Env, o *options) (*jobSource, error) {
	s := &jobSource{env: env, o: o, unique: wire.NewUniqueSource()}
	if o.lines {
		s.lines = input.NewStdinReader(env.Stdin)
	}
	if !o.template {
		return s, nil
	}
	for _, text := range o.data {
		t, err := parseJobTemplate(text)
		if err != nil {
			return nil, cmderr.Usagef("DATA: %v", err)
		}
		s.data = append(s.data, t)
	}
	key, err := parseJobTemplate(o.unique)
	if err != nil {
		return nil, cmderr.Usagef("--unique: %v", err)
	}
	if o.unique != "" {
		s.key = key
	}
	return s, nil
}

func parseJobTemplate(text string) (*template.Template, error) {
	t, err := template.New("job").Funcs(template.FuncMap{"random": randomBelow}).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "template: "))
	}
	return t, nil
}

func randomBelow(n int64) (int64, error) {
	if n < 1 {
		return 0, errors.New("random needs a number over 0")
	}
	return rand.Int64N(n), nil
}

func (s *jobSource) close() {
	if s.lines != nil {
		s.lines.Close()
	}
}

// Jobs yields each job once, valid until the next one. idle is called before the source waits for input.
func (s *jobSource) Jobs(ctx context.Context, idle func() error) iter.Seq2[*wire.Submission, error] {
	return func(yield func(*wire.Submission, error) bool) {
		switch {
		case s.lines != nil:
			s.fromLines(ctx, idle, yield)
		case len(s.o.data) > 0:
			s.fromArguments(ctx, yield)
		default:
			s.fromStdin(ctx, yield)
		}
	}
}

// withoutCR removes the CR of a line that ended in CR LF, and reports the first.
func (s *jobSource) withoutCR(line []byte) []byte {
	line, found := bytes.CutSuffix(line, []byte("\r"))
	if found && !s.crlf {
		s.crlf = true
		s.env.Info("lines end in CR LF: the CR is not part of the jobs")
	}
	return line
}

func (s *jobSource) fromLines(ctx context.Context, idle func() error, yield func(*wire.Submission, error) bool) {
	for {
		line, err := s.lines.Next(ctx, idle)
		if errors.Is(err, io.EOF) {
			if s.empty > 0 {
				s.env.Info("%s skipped", output.Plural(s.empty, "empty line was", "empty lines were"))
			}
			return
		}
		if err != nil {
			yield(nil, err)
			return
		}
		line = s.withoutCR(line)
		if s.o.skipEmpty && len(line) == 0 {
			s.empty++
			continue
		}
		if !yield(s.job(0, line, string(line))) {
			return
		}
	}
}

func (s *jobSource) fromArguments(ctx context.Context, yield func(*wire.Submission, error) bool) {
	for range s.o.count {
		for i, d := range s.o.data {
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			if !yield(s.job(i, []byte(d), "")) {
				return
			}
		}
	}
}

// fromStdin reads the whole of stdin, up to --max-packet, as one job.
func (s *jobSource) fromStdin(ctx context.Context, yield func(*wire.Submission, error) bool) {
	data, err := s.env.ReadInput(ctx, "the job's data", "for one job per line use --lines; for a larger job --max-packet SIZE")
	if err != nil {
		yield(nil, err)
		return
	}
	for range s.o.count {
		if !yield(s.job(0, data, "")) {
			return
		}
	}
}

// job builds the next submission from DATA i or from a line.
func (s *jobSource) job(i int, data []byte, line string) (*wire.Submission, error) {
	s.number++
	j := &wire.Submission{Function: s.o.queue, Workload: data, Priority: s.o.prio, Background: s.o.background, At: s.o.due, Unique: s.o.unique}
	if s.o.unique == "" && !s.o.noUnique {
		j.Unique = s.unique.Next()
	}
	v := jobValues{Number: s.number, Line: line, Time: s.env.Now(), Unique: j.Unique}
	if s.key != nil {
		var b strings.Builder
		if err := s.key.Execute(&b, v); err != nil {
			return nil, templateError("--unique", err)
		}
		j.Unique, v.Unique = b.String(), b.String()
	}
	if i < len(s.data) {
		var b strings.Builder
		if err := s.data[i].Execute(&b, v); err != nil {
			return nil, templateError("DATA", err)
		}
		j.Workload = []byte(b.String())
	}
	if err := j.Check(); err != nil {
		return nil, cmderr.Usagef("job %d: %v", s.number, err)
	}
	return j, nil
}

func templateError(what string, err error) error {
	return cmderr.Usagef("%s: %s", what, strings.TrimPrefix(fmt.Sprint(err), "template: "))
}
