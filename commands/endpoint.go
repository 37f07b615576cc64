package commands

import (
	"strings"

	"gearctl/wire"
)

// endpoint is a queue on a server.
type endpoint struct{ Server, Queue string }

func (e endpoint) String() string { return e.Server + "/" + e.Queue }

// parseEndpoint reads [SERVER/]QUEUE. The first slash ends the server, so that a queue whose own name holds one is
// written with its server, or with a slash in front. Without server it is def.
func parseEndpoint(s, def string) (endpoint, error) {
	e := endpoint{Server: def, Queue: s}
	if server, queue, ok := strings.Cut(s, "/"); ok {
		e.Queue = queue
		if server != "" {
			list, err := wire.ParseServers(server)
			if err != nil {
				return e, usagef("%.200q: %v", s, err)
			}
			if len(list) != 1 {
				return e, usagef("%.200q names %d servers, want one", s, len(list))
			}
			e.Server = list[0]
		}
	}
	switch {
	case e.Queue == "":
		return e, usagef("%.200q: the queue name is empty", s).hint("write it as QUEUE or SERVER/QUEUE")
	case strings.Contains(e.Queue, "\x00"):
		return e, usagef("%.200q: the queue name holds a NUL byte", s)
	}
	return e, nil
}

// namesNoServer reports whether [SERVER/]QUEUE leaves the server to the flags.
func namesNoServer(s string) bool {
	server, _, ok := strings.Cut(s, "/")
	return !ok || server == ""
}

// checkTarget refuses a queue that nothing can be submitted to; what is in one can be read all the same.
func (e endpoint) checkTarget() error {
	if err := wire.CheckFunction(e.Queue); err != nil {
		return usagef("%.200q: the queue name %v", e.Queue, err)
	}
	return nil
}
