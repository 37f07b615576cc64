package cmderr

import (
	"errors"
	"testing"
)

// TestAnyPartialStepMakesAllPartial: the exit code says that part of the work was done, whichever step did it.
func TestAnyPartialStepMakesAllPartial(t *testing.T) {
	part, failed := SomeFailed([]error{errors.New("part")}, true), errors.New("failed")
	for _, steps := range [][]error{{part}, {part, failed}, {failed, part}, {part, nil}, {nil, part, nil, failed}} {
		if p := (*Partial)(nil); !errors.As(MergeErrors(steps...), &p) {
			t.Errorf("%v: not partial", steps)
		}
	}
	if p := (*Partial)(nil); errors.As(MergeErrors(failed, nil), &p) || MergeErrors(nil, nil) != nil {
		t.Error("without a partial step it is a failure, and without an error none")
	}
}
