package servers

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// TestABareQueueErrorGetsAHint: gearmand says no more than QUEUE_ERROR when its store fails.
func TestABareQueueErrorGetsAHint(t *testing.T) {
	c := dialScripted(t, 1, nil)
	const store = "the server's store (gearmand --queue-type) does not take the job"
	for _, test := range []struct {
		refused wire.ServerError
		packet  wire.Type
		want    string
	}{
		{wire.ServerError{Code: "QUEUE_ERROR"}, wire.SubmitJobBG, store},
		{wire.ServerError{Code: "QUEUE_ERROR", Text: "QUEUE_ERROR"}, wire.SubmitJobHighBG, store},
		{wire.ServerError{Code: "QUEUE_ERROR"}, wire.SubmitJobEpoch, "redis and libmemcached keep no time"},
		{wire.ServerError{Code: "QUEUE_ERROR", Text: "Job queue is full"}, wire.SubmitJobBG, ""},
		{wire.ServerError{Code: "JOB_QUEUE_FULL"}, wire.SubmitJobBG, ""},
	} {
		refused := fmt.Errorf("submit: %w", &test.refused)
		err := ExplainSubmission(t.Context(), c, refused, test.packet)
		var hint string
		if f := (*cmderr.Failure)(nil); errors.As(err, &f) {
			hint = fmt.Sprint(f.Hints)
		}
		if !errors.Is(err, refused) || (hint == "") != (test.want == "") || !strings.Contains(hint, test.want) {
			t.Errorf("%v to %v: hint %q, want %q", &test.refused, test.packet, hint, test.want)
		}
	}
}
