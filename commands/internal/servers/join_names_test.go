package servers

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

func TestNamesWithBlanksArePutTogether(t *testing.T) {
	t.Parallel()
	workers := []wire.WorkerStatus{{Functions: []string{"x", "worker_my", "host", "a", "b", "c", "c"}}, {Functions: []string{"host"}}}
	status := []wire.FunctionStatus{
		{Function: "worker_my host", Workers: 1},
		{Function: "a b", Workers: 1},
		{Function: "x", Workers: 1},
		{Function: " c", Workers: 2},
		{Function: " "},
		{Function: ""},
		{Function: "x worker_my host"}, // a queue without worker: these are others
	}
	joinNames(t.Context(), workers, status)
	want := []wire.WorkerStatus{{Functions: []string{"x", "worker_my host", "a b", " c", " c"}}, {Functions: []string{"host"}}}
	if diff := cmp.Diff(want, workers); diff != "" {
		t.Error(diff)
	}
}
