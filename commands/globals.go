package commands

import (
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/wire"
)

// globals are the flags that every command has.
type globals struct {
	servers        cli.StringSlice
	timeout        time.Duration
	timeoutGiven   bool
	answerTimeout  time.Duration // 0: ten times timeout
	output         string
	outputGiven    bool // on the line
	color          string
	quiet, verbose bool
	trace          bool
	maxPacket      packetSize
	maxAnswer      byteSize
	maxRows        int64
	tls            bool
	tlsFiles       wire.TLSFiles
	version        bool
	columns        string
	csvSafe        bool
	pager          bool
	config         configFile
}

func (e *Env) globalFlags() []cli.Flag {
	g := &e.globals
	g.maxPacket, g.maxAnswer, g.timeout = wire.DefaultMaxPacket, wire.DefaultMaxAnswer, wire.DefaultTimeout
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "server", Aliases: []string{"s"}, Destination: &g.servers, Usage: "job server `HOST[:PORT]`; repeatable, comma separated, IPv6 as [::1]:4730 (default: localhost:4730)"},
		g.config.flag(),
		&cli.GenericFlag{Name: "timeout", Value: givenDuration{(*duration)(&g.timeout), &g.timeoutGiven}, Usage: "`DURATION` allowed for connecting, for a write, or without a byte from the server"},
		durationFlag("answer-timeout", &g.answerTimeout, 0, "`DURATION` allowed for a whole answer (default: ten times --timeout)"),
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &g.output, Value: "table", Usage: "output `FORMAT`: table, json, jsonl, csv or template=TEXT"},
		&cli.StringFlag{Name: "columns", Destination: &g.columns, Usage: "show only these `KEYS`, comma separated, in this order"},
		&cli.BoolFlag{Name: "csv-safe", Destination: &g.csvSafe, Usage: "with -o csv prefix text with ' that a spreadsheet would run as a formula"},
		&cli.BoolFlag{Name: "pager", Destination: &g.pager, Usage: "on a terminal show the result in $PAGER (default: less)"},
		&cli.StringFlag{Name: "color", Destination: &g.color, Value: "auto", Usage: "colour output `WHEN`: auto, always or never; NO_COLOR means never"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Destination: &g.quiet, Usage: "no notes or progress on stderr"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Destination: &g.verbose, Usage: "more notes on stderr"},
		&cli.BoolFlag{Name: "trace", Destination: &g.trace, Usage: "log every packet and admin line to stderr, workloads as sizes only"},
		&cli.GenericFlag{Name: "max-packet", Value: &g.maxPacket, Usage: "largest packet accepted, a `SIZE` such as 64MiB"},
		&cli.GenericFlag{Name: "max-answer", Value: &g.maxAnswer, Usage: "largest list accepted from a server, a `SIZE` such as 1GiB"},
		&cli.Int64Flag{Name: "max-rows", Destination: &g.maxRows, Value: wire.DefaultMaxRows, Usage: "maximum number of `ROWS` kept in memory for tables, sorting and checks over all queues"},
		&cli.BoolFlag{Name: "tls", Destination: &g.tls, Usage: "use TLS and verify the server's certificate"},
		&cli.StringFlag{Name: "tls-ca", Destination: &g.tlsFiles.CA, Usage: "PEM `FILE` of the accepted CAs"},
		&cli.StringFlag{Name: "tls-cert", Destination: &g.tlsFiles.Cert, Usage: "PEM `FILE` of the client certificate"},
		&cli.StringFlag{Name: "tls-key", Destination: &g.tlsFiles.Key, Usage: "PEM `FILE` of the certificate's key"},
		&cli.StringFlag{Name: "tls-server-name", Destination: &g.tlsFiles.ServerName, Usage: "expected `NAME` in the server's certificate (default: the host)"},
		&cli.BoolFlag{Name: "tls-insecure", Destination: &g.tlsFiles.Insecure, Usage: "accept any certificate"},
		&cli.BoolFlag{Name: "version", Destination: &g.version, Usage: "print gearctl's version"},
	}
}

// durationFlag is a flag for a duration with a unit.
func durationFlag(name string, dst *time.Duration, def time.Duration, usage string) cli.Flag {
	*dst = def
	return &cli.GenericFlag{Name: name, Value: (*duration)(dst), Usage: usage}
}

// duration is the value of a duration flag: 300ms, 10s, 5m, 1h30m.
type duration time.Duration

// Set reads a duration of at least 0.
func (d *duration) Set(s string) error {
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		if _, numeric := strconv.ParseFloat(s, 64); numeric == nil && v >= 0 {
			return fmt.Errorf("needs a unit: %ss or %sm", s, s)
		}
		return fmt.Errorf("not a duration such as 500ms, 10s or 5m")
	}
	*d = duration(v)
	return nil
}

// givenDuration is a duration that tells whether it was given.
type givenDuration struct {
	*duration
	given *bool
}

// Set is that of the duration.
func (d givenDuration) Set(s string) error {
	*d.given = true
	return d.duration.Set(s)
}

func (d *duration) String() string {
	if d == nil || *d == 0 {
		return ""
	}
	return shortDuration(time.Duration(*d))
}
