package servers

import (
	"cmp"
	"strings"

	"gearctl/wire"
)

// Queue is a queue on a server.
type Queue struct {
	Server string
	wire.FunctionStatus
}

// CompareQueues orders queues by server, then by name.
func CompareQueues(a, b *Queue) int {
	return cmp.Or(strings.Compare(a.Server, b.Server), strings.Compare(a.Function, b.Function))
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
