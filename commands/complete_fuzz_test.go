package commands

import (
	"context"
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
)

// FuzzComplete completes any words, separated by newlines: it never panics, never asks a server for a flag or its
// value, and offers each word once, in order, all of them beginning with what was typed.
func FuzzComplete(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "status\n", "drain\n--\n-", "-qo\njson\nstatus\n--sort\n-waiting,", "--output=\n-", "help\nhelp\nhelp",
		"--\n--\n--", "-=\n-=", "--=x\n--=", "submit\nq\n-p", "-s\n[::1", "--timeout=x\nstatus\n", "-\n-", "completion\n\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Split(text, "\n")
		last := len(words) - 1
		env := testEnv()
		defer env.Start()()
		c := completion{env: env, top: root(env)}
		walk(c.top, func(cmd *cli.Command) {
			if cmd.Complete == nil {
				return
			}
			cmd.Complete = func(context.Context, []string, string) []cli.Candidate {
				if strings.HasPrefix(words[last], "-") && !slices.Contains(words[:last], "--") {
					t.Errorf("%q: asks for candidates for a flag", words)
				}
				return []cli.Candidate{{Value: "b c", Description: "1"}, {Value: "a", Description: "2"}, {Value: "-x", Description: "3"}, {Value: "a", Description: "4"}, {Value: "\x1b[m", Description: "5"}, {Value: "d", Description: "\t\n"}}
			}
		})
		checkReply(t, words[last], c.answer(t.Context(), words))
	})
}

func checkReply(t *testing.T, word string, r reply) {
	t.Helper()
	values := make([]string, len(r.candidates))
	for i, c := range r.candidates {
		values[i] = c.Value
		if !strings.HasPrefix(c.Value, word) || strings.ContainsAny(c.Value, "\t\n\x1b") {
			t.Errorf("%q: offers %q", word, c.Value)
		}
	}
	if !slices.IsSorted(values) || len(slices.Compact(values)) != len(r.candidates) {
		t.Errorf("%q: offers %q", word, values)
	}
	if !r.files && strings.Count(r.text(), "\t") != len(values) || strings.Count(r.text(), "\n") < len(values) {
		t.Errorf("%q: prints %q", word, r.text())
	}
}
