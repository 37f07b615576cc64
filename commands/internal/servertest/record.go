package servertest

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"gearctl/wire"
)

// Requests are the requests that a relay has passed to a server.
type Requests struct {
	mu   sync.Mutex
	list []string
}

// RecordRequests starts a relay to server that records every request of its clients, on all connections.
func RecordRequests(t testing.TB, server string) (addr string, r *Requests) {
	t.Helper()
	r = new(Requests)
	return relay(t, server, nil, r.record, forwardAll(func(wire.Packet) {})), r
}

func (r *Requests) record(p wire.Packet, line string) bool {
	if line == "" {
		line = strings.TrimSpace(p.Type.String() + " " + string(p.Arg(0)))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, line)
	return true
}

// All returns the requests so far: admin commands as they were sent, packets as type and first argument.
func (r *Requests) All() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// harmless are the first words of requests that leave a server as it is.
var harmless = []string{
	"status", "workers", "version", "prioritystatus", "show", "getpid", "verbose",
	wire.EchoReq.String(), wire.GetStatus.String(), wire.GetStatusUnique.String(), wire.OptionReq.String(), wire.SetClientID.String(),
}

// Changes returns the requests so far that may change something on the server: each but those that only ask.
func (r *Requests) Changes() []string {
	return slices.DeleteFunc(r.All(), func(request string) bool {
		first, _, _ := strings.Cut(request, " ")
		return slices.Contains(harmless, first)
	})
}
