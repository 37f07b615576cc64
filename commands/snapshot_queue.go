package commands

import (
	"cmp"
	"slices"

	"gearctl/wire"
)

// Queue is a queue on a server.
type Queue struct {
	Server string
	wire.FunctionStatus
}

func compareQueues(a, b Queue) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Function, b.Function))
}

// waitingIn returns how many jobs wait in queues together.
func waitingIn(queues []Queue) int64 {
	var n int64
	for _, q := range queues {
		n += q.Waiting()
	}
	return n
}

func findQueue(list []wire.FunctionStatus, name string) *wire.FunctionStatus {
	i := slices.IndexFunc(list, func(q wire.FunctionStatus) bool { return q.Function == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func queueNames(list []wire.FunctionStatus) []string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Function
	}
	return names
}

func sumOfTotals(list []wire.FunctionStatus) int64 {
	var n int64
	for _, q := range list {
		n += q.Total
	}
	return n
}
