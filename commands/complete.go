package commands

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/output"
)

// lookupTime is how long a completion may take in all: somebody waits with a finger on TAB.
const lookupTime = 300 * time.Millisecond

// filesLine is the answer that leaves the word to the shell's completion of file names. It has no TAB, as every
// candidate's line has, whatever its value.
const filesLine = "files\n"

// newComplete is the command that the completion scripts call: the words of a command line up to the cursor follow,
// the last of which is completed. It never fails and never runs the command that the words name.
func newComplete(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "__complete", Hidden: true, OnlyReads: true, Verbatim: true, Args: "WORD…", Max: cli.AnyNumber,
		Short: "used by the completion scripts: VALUE TAB DESCRIPTION for each candidate",
		Run: func(ctx context.Context, w cli.Words) error {
			ctx, cancel := context.WithTimeout(ctx, lookupTime)
			defer cancel()
			c := completion{env: env, top: root(env)}
			_, err := io.WriteString(env.Stdout, c.answer(ctx, w.Args).text())
			return err
		},
	}
}

// reply is what a shell gets: candidates, each a whole word, or that it is to complete a file's name.
type reply struct {
	candidates []cli.Candidate
	files      bool
}

// text returns the reply as the scripts read it.
func (r reply) text() string {
	if r.files {
		return filesLine
	}
	var b strings.Builder
	for _, c := range r.candidates {
		fmt.Fprintf(&b, "%s\t%s\n", c.Value, output.Escape(c.Description))
	}
	return b.String()
}

// only keeps the candidates that begin with word, sorted and each once. A value that cannot be shown on a terminal
// as it is, such as one with control bytes, cannot be completed either.
func (r reply) only(word string) reply {
	r.candidates = slices.DeleteFunc(r.candidates, func(c cli.Candidate) bool {
		return c.Value == "" || !strings.HasPrefix(c.Value, word) || output.Escape(c.Value) != c.Value
	})
	slices.SortStableFunc(r.candidates, func(a, b cli.Candidate) int { return cmp.Compare(a.Value, b.Value) })
	r.candidates = slices.CompactFunc(r.candidates, func(a, b cli.Candidate) bool { return a.Value == b.Value })
	return r
}

// withPrefix puts what stands on the line before each value in front of it: --output= of --output=json.
func (r reply) withPrefix(prefix string) reply {
	for i := range r.candidates {
		r.candidates[i].Value = prefix + r.candidates[i].Value
	}
	return r
}
