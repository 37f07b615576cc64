package cli

import (
	"errors"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/timespec"
	"gearctl/wire"
)

// globals are the flags that every command has.
type globals struct {
	Servers        urfave.StringSlice
	Timeout        time.Duration
	TimeoutGiven   bool
	answerTimeout  time.Duration // 0: ten times timeout
	output         string
	OutputGiven    bool // on the line
	Color          string
	Quiet, Verbose bool
	Trace          bool
	MaxPacket      packetSize
	maxAnswer      ByteSize
	MaxRows        int64
	tls            bool
	tlsFiles       wire.TLSFiles
	Version        bool
	Columns        string
	noHeaders      bool
	wide           bool
	csvSafe        bool
	Pager          bool
	Config         configFile
	Context        string // of --context
}

func (e *Env) GlobalFlags() []urfave.Flag {
	g := &e.Globals
	g.MaxPacket, g.maxAnswer, g.Timeout = wire.DefaultMaxPacket, wire.DefaultMaxAnswer, wire.DefaultTimeout
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "server", Aliases: []string{"s"}, Destination: &g.Servers, Usage: "job server `HOST[:PORT]`; repeatable, comma separated, IPv6 as [::1]:4730 (default: localhost:4730)"},
		TextFlag("context", &g.Context, "servers, key, TLS and defaults of context `NAME`; see gearctl context list"),
		g.Config.flag(),
		&urfave.GenericFlag{Name: "timeout", Value: givenDuration{(*Duration)(&g.Timeout), &g.TimeoutGiven}, Usage: "`DURATION` allowed for connecting, for a write, and for waiting for data from the server"},
		DurationFlag("answer-timeout", &g.answerTimeout, 0, "`DURATION` allowed for a whole answer (default: ten times --timeout)"),
		&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &g.output, Value: "table", Usage: "output `FORMAT`: table, json, jsonl, csv, tsv or template=TEXT"},
		&urfave.StringFlag{Name: "columns", Destination: &g.Columns, Usage: "show only these `KEYS` or headings, comma separated, in this order"},
		&urfave.BoolFlag{Name: "no-headers", Destination: &g.noHeaders, Usage: "print tables, csv and tsv without a line of headings"},
		&urfave.BoolFlag{Name: "wide", Destination: &g.wide, Usage: "print tables with all columns of csv and in full width, also on a narrow terminal"},
		&urfave.BoolFlag{Name: "csv-safe", Destination: &g.csvSafe, Usage: "with -o csv or tsv prefix text with ' that a spreadsheet would run as a formula"},
		&urfave.BoolFlag{Name: "pager", Destination: &g.Pager, Usage: "on a terminal show the result in $PAGER (default: less)"},
		&urfave.StringFlag{Name: "color", Destination: &g.Color, Value: "auto", Usage: "colour output `WHEN`: auto, always or never; NO_COLOR means never"},
		&urfave.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Destination: &g.Quiet, Usage: "no notes or progress on stderr"},
		&urfave.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Destination: &g.Verbose, Usage: "more notes on stderr"},
		&urfave.BoolFlag{Name: "trace", Destination: &g.Trace, Usage: "log every packet and admin line to stderr, workloads as sizes only"},
		&urfave.GenericFlag{Name: "max-packet", Value: &g.MaxPacket, Usage: "largest packet accepted, a `SIZE` such as 64MiB"},
		&urfave.GenericFlag{Name: "max-answer", Value: &g.maxAnswer, Usage: "largest list accepted from a server, a `SIZE` such as 1GiB"},
		&urfave.Int64Flag{Name: "max-rows", Destination: &g.MaxRows, Value: wire.DefaultMaxRows, Usage: "maximum number of `ROWS` kept in memory for tables, sorting and checks over all queues"},
		&urfave.BoolFlag{Name: "tls", Destination: &g.tls, Usage: "use TLS and verify the server's certificate"},
		&urfave.StringFlag{Name: "tls-ca", Destination: &g.tlsFiles.CA, Usage: "PEM `FILE` of the accepted CAs"},
		&urfave.StringFlag{Name: "tls-cert", Destination: &g.tlsFiles.Cert, Usage: "PEM `FILE` of the client certificate"},
		&urfave.StringFlag{Name: "tls-key", Destination: &g.tlsFiles.Key, Usage: "PEM `FILE` of the certificate's key"},
		&urfave.StringFlag{Name: "tls-server-name", Destination: &g.tlsFiles.ServerName, Usage: "expected `NAME` in the server's certificate (default: the host)"},
		&urfave.BoolFlag{Name: "tls-insecure", Destination: &g.tlsFiles.Insecure, Usage: "accept any certificate"},
		&urfave.BoolFlag{Name: "version", Destination: &g.Version, Usage: "print gearctl's version"},
	}
}

// PluginFlags are -H and -t, under which monitoring plugins have --server and --timeout.
func (e *Env) PluginFlags() []urfave.Flag {
	g := &e.Globals
	return []urfave.Flag{
		&urfave.GenericFlag{Name: "H", Value: (*hostList)(&g.Servers), Usage: "job server `HOST[:PORT]`, as --server"},
		&urfave.GenericFlag{Name: "t", Value: givenDuration{(*Duration)(&g.Timeout), &g.TimeoutGiven}, Usage: "`DURATION` of the whole check, as --timeout"},
	}
}

// hostList is the value of -H, which adds to that of --server.
type hostList urfave.StringSlice

// Set adds a server, or several with commas.
func (h *hostList) Set(s string) error { return (*urfave.StringSlice)(h).Set(s) }

func (h *hostList) String() string { return "" }

// DurationFlag is a flag for a duration: seconds, or a number with a unit.
func DurationFlag(name string, dst *time.Duration, def time.Duration, usage string) urfave.Flag {
	*dst = def
	return &urfave.GenericFlag{Name: name, Value: (*Duration)(dst), Usage: usage}
}

// Duration is the value of a duration flag: 5, 0.5, 300ms, 5m, 1h30m.
type Duration time.Duration

// DurationNote explains DURATION below a list of flags in which it occurs.
const DurationNote = "DURATION is a number of seconds such as 5 or 0.5, or has a unit: 500ms, 10s, 5m, 1h30m."

// Set reads a duration of at least 0.
func (d *Duration) Set(s string) error {
	v, err := timespec.Duration(s)
	*d = Duration(v)
	return err
}

// givenDuration is a duration flag that records whether it was given.
type givenDuration struct {
	*Duration
	given *bool
}

// Set is that of the duration.
func (d givenDuration) Set(s string) error {
	*d.given = true
	return d.Duration.Set(s)
}

func (d *Duration) String() string {
	if d == nil || *d == 0 {
		return ""
	}
	return cmderr.ShortDuration(time.Duration(*d))
}

// TextFlag is a flag for a text that must not be empty. An empty one comes of a variable in a script that is not set, and
// would mean no flag at all: drain --to "" would throw the jobs away, and a check would not compare what it is to compare.
func TextFlag(name string, dst *string, usage string) urfave.Flag {
	return &urfave.GenericFlag{Name: name, Value: (*givenText)(dst), Usage: usage}
}

// givenText is the value of a textFlag.
type givenText string

// Set takes what is not empty.
func (g *givenText) Set(s string) error {
	if s == "" {
		return errors.New("is empty")
	}
	*g = givenText(s)
	return nil
}

func (g *givenText) String() string {
	if g == nil {
		return ""
	}
	return string(*g)
}
