package servers

import (
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// Endpoint is a queue on a server.
type Endpoint struct{ Server, Queue string }

func (e Endpoint) String() string { return e.Server + "/" + e.Queue }

// ParseEndpoint reads [SERVER/]QUEUE. The first slash ends the server, so that a queue whose own name holds one is
// written with its server, or with a slash in front. Without server it is def.
func ParseEndpoint(s, def string) (Endpoint, error) {
	e := Endpoint{Server: def, Queue: s}
	if server, queue, ok := strings.Cut(s, "/"); ok {
		e.Queue = queue
		if server != "" {
			list, err := wire.ParseServers(server)
			if err != nil {
				return e, cmderr.Usagef("%.200q: %v", s, err)
			}
			if len(list) != 1 {
				return e, cmderr.Usagef("%.200q names %d servers, want one", s, len(list))
			}
			e.Server = list[0]
		}
	}
	switch {
	case e.Queue == "":
		return e, cmderr.Usagef("%.200q: the queue name is empty", s).Hint("write it as QUEUE or SERVER/QUEUE")
	case strings.Contains(e.Queue, "\x00"):
		return e, cmderr.Usagef("%.200q: the queue name holds a NUL byte", s)
	}
	return e, nil
}

// NamesNoServer reports whether [SERVER/]QUEUE leaves the server to the flags.
func NamesNoServer(s string) bool {
	server, _, ok := strings.Cut(s, "/")
	return !ok || server == ""
}

// CheckTarget refuses a queue that nothing can be submitted to; what is in one can be read all the same.
func (e Endpoint) CheckTarget() error {
	if err := wire.CheckFunction(e.Queue); err != nil {
		return cmderr.Usagef("%.200q: the queue name %v", e.Queue, err)
	}
	return nil
}

// CheckQueueName refuses a queue that must not be submitted to.
func CheckQueueName(queue string) error {
	if err := wire.CheckFunction(queue); err != nil {
		return cmderr.Usagef("queue name %.100q %v", queue, err)
	}
	return nil
}
