package cli

import urfave "github.com/urfave/cli/v2"

// MaxWindow is the most jobs that a flag allows in flight.
const MaxWindow = 1_000_000

// defaultConnections is how many connections take jobs from one server, unless --max-connections says more.
const defaultConnections = 128

// MaxConnectionsFlag is the flag of commands that serve many queues.
func MaxConnectionsFlag(to *int) urfave.Flag {
	return &urfave.IntFlag{Name: "max-connections", Destination: to, Value: defaultConnections, Usage: "use up to `N` connections to each server: one per queue, and more while there is work"}
}
