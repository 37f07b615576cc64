package connect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/wire"
)

// TestMaybeSubmittedDoubts: a job is "not submitted" only if every server refused it or got no byte of it. Whatever else
// ended the submission leaves a doubt, an interrupt too.
func TestMaybeSubmittedDoubts(t *testing.T) {
	refused := &wire.ServerError{Code: "QUEUE_ERROR", Text: "JOB_QUEUE_FULL"}
	unsent := &wire.OpError{Server: "a:4730", Op: "dial", Err: io.EOF, Safe: true}
	cut := &wire.OpError{Server: "b:4730", Op: "SUBMIT_JOB", Err: io.EOF}
	for _, c := range []struct {
		err   error
		doubt bool
	}{
		{nil, false},
		{refused, false},
		{unsent, false},
		{fmt.Errorf("submit: %w", refused), false},
		{&wire.OpError{Server: "a:4730", Op: "SUBMIT_JOB", Err: refused}, false},
		{errors.Join(unsent, refused), false},
		{cut, true},
		{errors.Join(unsent, cut), true},
		{errors.Join(cut, refused), true},
		{fmt.Errorf("submit: %w", cut), true},
		{cmderr.ErrInterrupted, true},
		{context.DeadlineExceeded, true},
		{errors.Join(refused, context.DeadlineExceeded), true},
		{&wire.OpError{Server: "a:4730", Op: "SUBMIT_JOB", Err: cmderr.ErrInterrupted}, true},
	} {
		if got := connect.MaybeSubmitted(c.err); got != c.doubt {
			t.Errorf("MaybeSubmitted(%v) = %v, want %v", c.err, got, c.doubt)
		}
	}
}
