package servers

import (
	"context"
	"slices"
	"strings"

	"gearctl/wire"
)

// joinNames joins the parts of queue names that contain blanks: the list of workers has no quoting, the status has the whole
// names. If the parts are next to each other more often than the queue has workers, some are queues of their own; it is
// not known which, and all stay apart. It returns early when ctx ends.
func joinNames(ctx context.Context, workers []wire.WorkerStatus, status []wire.FunctionStatus) {
	var serving map[string][]int // workers by function; of use only when a name holds blanks
	for _, q := range status {
		parts := slices.DeleteFunc(strings.Split(q.Function, " "), func(s string) bool { return s == "" })
		if len(parts) < 2 && len(q.Function) == len(strings.Join(parts, "")) || len(parts) == 0 {
			continue
		}
		if serving == nil {
			serving = workersByFunction(workers)
		}
		if ctx.Err() != nil {
			return
		}
		joined := map[int][]string{}
		n := int64(0)
		for _, i := range serving[parts[0]] {
			f, found := joinParts(workers[i].Functions, parts, q.Function)
			joined[i] = f
			n += found
		}
		for i := range joined {
			if n <= q.Workers {
				workers[i].Functions = joined[i]
			}
		}
	}
}

// workersByFunction returns the numbers of the workers that have each function.
func workersByFunction(workers []wire.WorkerStatus) map[string][]int {
	by := map[string][]int{}
	for i := range workers {
		for _, f := range workers[i].Functions {
			if list := by[f]; len(list) == 0 || list[len(list)-1] != i {
				by[f] = append(list, i)
			}
		}
	}
	return by
}

// joinParts returns functions with name in place of its parts, and how often they were there.
func joinParts(functions, parts []string, name string) (joined []string, n int64) {
	joined = slices.Clone(functions)
	for j := 0; j+len(parts) <= len(joined); j++ {
		if slices.Equal(joined[j:j+len(parts)], parts) {
			joined = slices.Replace(joined, j, j+len(parts), name)
			n++
		}
	}
	return joined, n
}
