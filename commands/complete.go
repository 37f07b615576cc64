package commands

import "context"

// completeFirst offers candidates for the first argument only.
func (e *Env) completeFirst(f func(context.Context, string) []Candidate) func(context.Context, string) []Candidate {
	return f
}
