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

// source yields results from flags, from stdin as one output, from its lines, or from a report of check_multi.
type source struct {
	env   *cli.Env
	o     *sendOptions
	stdin *input.Reader // nil with --message
}

// entry is a result of the input, or why it is unusable.
type entry struct {
	number int64 // of the line or child, from 1
	modgearman.Result
	bad error
}

func newSource(env *cli.Env, o *sendOptions) *source {
	return &source{env: env, o: o}
}

func (in *source) close() {
	if in.stdin != nil {
		in.stdin.Close()
	}
}

// sample returns a result with all values from flags, to verify that they can be sent.
func (in *source) sample() modgearman.Result {
	r := in.fromFlags("sample")
	if in.o.lines || in.o.checkMulti {
		r.Host = "sample"
	}
	return in.complete(r)
}

// fromFlags returns the result that the flags name.
func (in *source) fromFlags(text string) modgearman.Result {
	return modgearman.Result{
		Host: in.o.host.Text, Service: in.o.service.Text, ReturnCode: int(in.o.code.StateCode), Output: text,
	}
}

// complete adds the values that flags set for all results.
func (in *source) complete(r modgearman.Result) modgearman.Result {
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

// results yields every result, unusable ones too. An error ends the input. idle is called before it waits for stdin.
func (in *source) results(ctx context.Context, idle func() error) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		if in.o.message.Given {
			yield(entry{number: 1, Result: in.complete(in.fromFlags(in.o.message.Text))}, nil)
			return
		}
		in.openStdin()
		switch {
		case in.o.lines:
			in.fromLines(ctx, idle, yield)
		case in.o.checkMulti:
			in.fromCheckMulti(ctx, idle, yield)
		default:
			in.fromOutput(ctx, idle, yield)
		}
	}
}

func (in *source) openStdin() {
	if in.env.Terminal.Stdin {
		in.env.Info("reading %s from the terminal, end it with ctrl-D", in.description())
	}
	in.stdin = input.NewStdinReader(in.env.Stdin)
	in.stdin.Wait = in.o.inputTimeout
}

func (in *source) description() string {
	switch {
	case in.o.lines:
		return "results, one a line,"
	case in.o.checkMulti:
		return "the report of check_multi"
	}
	return "the output"
}

func (in *source) fromLines(ctx context.Context, idle func() error, yield func(entry, error) bool) {
	parse := modgearman.ParseResultLine
	if in.o.rawMessage {
		parse = modgearman.ParseRawResultLine
	}
	for n := 1; ; n++ {
		line, err := in.stdin.Next(ctx, idle)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			yield(entry{}, err)
			return
		}
		if len(bytes.Trim(line, " \r")) == 0 {
			continue
		}
		r, err := parse(line, n, in.o.delimiter)
		if !yield(entry{int64(n), in.complete(r), err}, nil) {
			return
		}
	}
}

// errStopReading stops reading a report when the consumer stops.
var errStopReading = errors.New("stop reading")

func (in *source) fromCheckMulti(ctx context.Context, idle func() error, yield func(entry, error) bool) {
	err := modgearman.ParseCheckMulti(in.stdin.Stream(ctx, idle), in.o.host.Text, in.env.Now(),
		func(n int, r modgearman.Result, err error) error {
			if err != nil {
				err = cmderr.Errorf("child %d: %w", n, err)
			}
			if !yield(entry{int64(n), in.complete(r), err}, nil) {
				return errStopReading
			}
			return nil
		})
	if err != nil && !errors.Is(err, errStopReading) {
		yield(entry{}, err)
	}
}

// fromOutput reads all of stdin as the output, without its final newline.
func (in *source) fromOutput(ctx context.Context, idle func() error, yield func(entry, error) bool) {
	data, err := io.ReadAll(io.LimitReader(in.stdin.Stream(ctx, idle), modgearman.MaxOutput+3))
	if err != nil {
		yield(entry{}, err)
		return
	}
	text, ended := strings.CutSuffix(string(data), "\n")
	if ended {
		text = strings.TrimSuffix(text, "\r")
	}
	if text == "" {
		yield(entry{}, cmderr.Errorf("stdin is empty, but the core discards results without output"))
		return
	}
	yield(entry{number: 1, Result: in.complete(in.fromFlags(text))}, nil)
}
