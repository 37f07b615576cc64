package servers

import (
	"cmp"

	"gearctl/wire"
)

// Queue is a queue on a server.
type Queue struct {
	Server string
	wire.FunctionStatus
}

func CompareQueues(a, b Queue) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Function, b.Function))
}

// TotalWaiting returns how many jobs wait in queues together.
func TotalWaiting(queues []Queue) int64 {
	var n int64
	for _, q := range queues {
		n += q.Waiting()
	}
	return n
}

func QueueNames(list []wire.FunctionStatus) []string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Function
	}
	return names
}
