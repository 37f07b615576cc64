package commandtest

import (
	"context"
	"net"
	"syscall"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servertest"
)

// Piped lets a command reach servers in memory, by address; others refuse it. In a synctest bubble its timeouts cost no
// time then, and do not depend on how busy the machine is. Such a test sleeps at its end until the servers have noticed
// that the client has left.
func Piped(servers map[string]servertest.Hostility) func(*cli.Env) {
	return func(e *cli.Env) {
		e.NetDial = func(_ context.Context, network, address string) (net.Conn, error) {
			serve, ok := servers[address]
			if !ok {
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
			}
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				serve(far)
			}()
			return near, nil
		}
	}
}
