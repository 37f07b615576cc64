package status

import (
	"context"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// pingRow is how fast a server answers.
type pingRow struct {
	Server   string   `json:"server" out:"name"`
	Sent     int64    `json:"sent" out:"drop1"`
	Received int64    `json:"received" out:"drop2"`
	Min      *float64 `json:"min_seconds" out:"seconds,drop3"`
	Median   *float64 `json:"median_seconds" out:"seconds,keep"`
	Max      *float64 `json:"max_seconds" out:"seconds,drop4"`
}

// Style marks a server that did not answer every time.
func (r pingRow) Style(key string) output.Style {
	if key == "received" && r.Received < r.Sent {
		return output.Bad
	}
	return output.Plain
}

type pingOptions struct {
	count    int
	interval time.Duration
	size     int
}

func NewPing(env *cli.Env) *cli.Command {
	var o pingOptions
	return &cli.Command{
		Name: "ping", Group: cli.GroupInspect, OnlyReads: true, Short: "measure how fast servers answer",
		Examples: []cli.Example{
			{Line: "gearctl ping -s gm1,gm2", What: "a few round trips to each"},
			{Line: "gearctl ping --count 100 --interval 10ms --verbose", What: "print each round trip to stderr"},
		},
		Long: "Sends ECHO_REQ packets over one connection. Replies wait behind other work, so a busy server is slow.",
		Flags: []urfave.Flag{
			&urfave.IntFlag{Name: "count", Aliases: []string{"n"}, Destination: &o.count, Value: 5, Usage: "number `N` of round trips; 0: until interrupted"},
			cli.DurationFlag("interval", &o.interval, 200*time.Millisecond, "wait `DURATION` between two pings"),
			&urfave.IntFlag{Name: "size", Destination: &o.size, Value: 56, Usage: "payload size in `BYTES`"},
		},
		Columns: cli.KeysOf[pingRow](),
		Run:     func(ctx context.Context, _ cli.Words) error { return runPing(ctx, env, o) },
	}
}

func runPing(ctx context.Context, env *cli.Env, o pingOptions) error {
	if o.count < 0 || o.size < 0 || o.size > int(env.Globals.MaxPacket) {
		return cmderr.Usagef("ping: --count must be at least 0, --size from 0 to --max-packet")
	}
	p, err := cli.NewPrinter[pingRow](env, output.Options{})
	if err != nil {
		return err
	}
	d, servers, err := env.Network()
	if err != nil {
		return err
	}
	var errs []error
	answered := false
	for _, r := range wire.FanOut(ctx, d, servers, func(ctx context.Context, c *wire.Conn) (pingRow, error) {
		return pingServer(ctx, env, c, o)
	}) {
		answered = answered || r.Value.Received > 0
		if r.Value.Sent > 0 {
			p.Print(r.Value)
		}
		errs = append(errs, cmderr.Flatten(r.Err)...)
	}
	if !answered {
		return cmderr.MergeErrors(errs...)
	}
	return cmderr.MergeErrors(p.Close(), cmderr.SomeFailed(errs, true))
}

// pingServer sends one packet after the other until they are enough, ctx ends or one is not answered.
func pingServer(ctx context.Context, env *cli.Env, c *wire.Conn, o pingOptions) (pingRow, error) {
	row := pingRow{Server: c.Server()}
	data := slices.Repeat([]byte("p"), o.size)
	var times []float64
	pause := time.NewTimer(0)
	defer pause.Stop()
	for o.count == 0 || row.Sent < int64(o.count) {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return row.measured(times), nil
		}
		start := env.Now()
		row.Sent++
		if err := c.Echo(ctx, data); err != nil {
			if ctx.Err() != nil {
				row.Sent--
				return row.measured(times), nil
			}
			return row.measured(times), err
		}
		row.Received++
		times = append(times, env.Now().Sub(start).Seconds())
		env.Verbose("%d bytes from %s: seq=%d time=%s", o.size, c.Server(), row.Sent, output.Seconds(times[len(times)-1]))
		pause.Reset(o.interval)
	}
	return row.measured(times), nil
}

func (r pingRow) measured(times []float64) pingRow {
	if len(times) == 0 {
		return r
	}
	slices.Sort(times)
	r.Min, r.Median, r.Max = &times[0], &times[len(times)/2], &times[len(times)-1]
	return r
}
