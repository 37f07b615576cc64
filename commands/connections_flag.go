package commands

import "github.com/urfave/cli/v2"

// defaultConnections is how many connections of ours take jobs from one server, unless --max-connections says more.
const defaultConnections = 128

func maxConnectionsFlag(to *int) cli.Flag {
	return &cli.IntFlag{Name: "max-connections", Destination: to, Value: defaultConnections, Usage: "use up to `N` connections to each server: one per queue, and more while there is work"}
}
