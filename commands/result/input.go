package result

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/input"
	"gearctl/wire/modgearman"
)

// resultInput makes results of flags, of stdin as a whole, of its lines, or of a report of check_multi.
type resultInput struct {
	env   *cli.Env
	o     *sendOptions
	stdin *input.Reader // nil with --message
}

// inputResult is a result of the input, or what is wrong with it.
type inputResult struct {
	number int64 // of the line or child, from 1
	modgearman.Result
	bad error
}

func newResultInput(env *cli.Env, o *sendOptions) *resultInput {
	return &resultInput{env: env, o: o}
}

func (in *resultInput) close() {
	if in.stdin != nil {
		in.stdin.Close()
	}
}

// sample returns a result with all that the flags say, to find out whether they can be sent.
func (in *resultInput) sample() modgearman.Result {
	r := in.flagged("sample")
	if in.o.lines || in.o.checkMulti {
		r.Host = "sample"
	}
	return in.complete(r)
}

// flagged returns the one result that the flags name.
func (in *resultInput) flagged(text string) modgearman.Result {
	return modgearman.Result{
		Host: in.o.host.Text, Service: in.o.service.Text, ReturnCode: int(in.o.code), Output: text,
	}
}

// complete adds what the flags say of all results.
func (in *resultInput) complete(r modgearman.Result) modgearman.Result {
	r.Passive, r.Source, r.Latency = !in.o.active, cmp.Or(in.o.source, cli.Program), in.o.latency
	if r.Finish.IsZero() {
		now := in.env.Now()
		r.Start, r.Finish = orTime(in.o.startTime, now), orTime(in.o.finishTime, now)
	}
	return r
}

func orTime(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}

// results yields each result once, a bad one too. An error ends the input. idle is called before it waits for stdin.
func (in *resultInput) results(ctx context.Context, idle func() error) iter.Seq2[inputResult, error] {
	return func(yield func(inputResult, error) bool) {
		if in.o.message.Given {
			yield(inputResult{number: 1, Result: in.complete(in.flagged(in.o.message.Text))}, nil)
			return
		}
		in.openStdin()
		switch {
		case in.o.lines:
			in.fromLines(ctx, idle, yield)
		case in.o.checkMulti:
			in.fromCheckMulti(ctx, idle, yield)
		default:
			in.fromWhole(ctx, idle, yield)
		}
	}
}

func (in *resultInput) openStdin() {
	if in.env.Terminal.Stdin {
		in.env.Info("reading %s from the terminal, end it with ctrl-D", in.what())
	}
	in.stdin = input.NewStdinReader(in.env.Stdin)
	in.stdin.Wait = in.o.inputTimeout
}

func (in *resultInput) what() string {
	switch {
	case in.o.lines:
		return "results, one a line,"
	case in.o.checkMulti:
		return "the report of check_multi"
	}
	return "the output"
}

func (in *resultInput) fromLines(ctx context.Context, idle func() error, yield func(inputResult, error) bool) {
	for n := 1; ; n++ {
		line, err := in.stdin.Next(ctx, idle)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			yield(inputResult{}, err)
			return
		}
		if len(bytes.Trim(line, " \r")) == 0 {
			continue
		}
		r, err := modgearman.ParseResultLine(line, n, in.o.delimiter)
		if !yield(inputResult{int64(n), in.complete(r), err}, nil) {
			return
		}
	}
}

// errUnwanted ends the reading of a report whose results nobody wants any more.
var errUnwanted = errors.New("enough")

func (in *resultInput) fromCheckMulti(ctx context.Context, idle func() error, yield func(inputResult, error) bool) {
	err := modgearman.ParseCheckMulti(in.stdin.Stream(ctx, idle), in.o.host.Text, in.env.Now(),
		func(n int, r modgearman.Result, err error) error {
			if err != nil {
				err = cmderr.Errorf("child %d: %w", n, err)
			}
			if !yield(inputResult{int64(n), in.complete(r), err}, nil) {
				return errUnwanted
			}
			return nil
		})
	if err != nil && !errors.Is(err, errUnwanted) {
		yield(inputResult{}, err)
	}
}

// fromWhole takes all of stdin for the output, but for its last line end.
func (in *resultInput) fromWhole(ctx context.Context, idle func() error, yield func(inputResult, error) bool) {
	data, err := io.ReadAll(io.LimitReader(in.stdin.Stream(ctx, idle), modgearman.MaxOutput+3))
	if err != nil {
		yield(inputResult{}, err)
		return
	}
	text, ended := strings.CutSuffix(string(data), "\n")
	if ended {
		text = strings.TrimSuffix(text, "\r")
	}
	if text == "" {
		yield(inputResult{}, cmderr.Errorf("stdin is empty, but the core discards results without output"))
		return
	}
	yield(inputResult{number: 1, Result: in.complete(in.flagged(text))}, nil)
}
