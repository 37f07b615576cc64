package servertest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gearctl/wire"
)

// Ask runs f on a new connection to a server.
func Ask[T any](t testing.TB, addr string, f func(context.Context, *wire.Conn) (T, error)) T {
	t.Helper()
	v, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, f)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Queues returns the status of every queue.
func Queues(t testing.TB, addr string) []wire.FunctionStatus {
	t.Helper()
	return Ask(t, addr, func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
		return c.Status(ctx)
	}).Rows
}

// Queue returns the status of a queue; it is empty if the server does not list the queue.
func Queue(t testing.TB, addr, queue string) wire.FunctionStatus {
	t.Helper()
	for _, q := range Queues(t, addr) {
		if q.Function == queue {
			return q
		}
	}
	return wire.FunctionStatus{}
}

// Totals returns the total jobs of every queue.
func Totals(t testing.TB, addr string) map[string]int64 {
	t.Helper()
	totals := map[string]int64{}
	for _, q := range Queues(t, addr) {
		totals[q.Function] = q.Total
	}
	return totals
}

// NoPrivateQueues reports an error if a private result queue of gearctl check is left on a server.
func NoPrivateQueues(t testing.TB, addr string) {
	t.Helper()
	for _, q := range Queues(t, addr) {
		if strings.HasPrefix(q.Function, "gearctl_check_") {
			t.Errorf("queue %s is left on the server: %+v", q.Function, q)
		}
	}
}

// WaitTotal waits until a queue has want jobs in total.
func WaitTotal(t testing.TB, addr, queue string, want int64) {
	t.Helper()
	waitQueue(t, addr, queue, fmt.Sprintf("has %d jobs", want), func(q wire.FunctionStatus) bool { return q.Total == want })
}

// WaitWaiting waits until a queue has want waiting jobs.
func WaitWaiting(t testing.TB, addr, queue string, want int64) {
	t.Helper()
	waitQueue(t, addr, queue, fmt.Sprintf("has %d jobs waiting", want), func(q wire.FunctionStatus) bool { return q.Waiting() == want })
}

func waitQueue(t testing.TB, addr, queue, what string, holds func(wire.FunctionStatus) bool) {
	t.Helper()
	var last wire.FunctionStatus
	defer func() {
		if t.Failed() {
			t.Logf("the last status of %s is %+v", queue, last)
		}
	}()
	Until(t, queue+" "+what, func() bool {
		last = Queue(t, addr, queue)
		return holds(last)
	})
}
