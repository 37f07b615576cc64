package jobserver

import (
	"crypto/tls"
	"log/slog"
	"os"
	"time"

	"gearctl/wire"
)

// DefaultVersion is what the version command answers by default: the gearmand whose behaviour this is, so that a
// client which decides by version decides rightly, and the mark that it is not that gearmand.
const DefaultVersion = "1.1.20+jobserver"

// Default limits of a Server, in bytes but for the last.
const (
	DefaultMaxPending    = 64 << 20
	DefaultMaxBuffered   = 64 << 20
	DefaultMaxStored     = 1 << 30
	DefaultClientTimeout = time.Minute
)

// Options are the settings of a Server. The zero value is a plain server with gearmand's defaults.
type Options struct {
	Version      string           // what the version command answers after "OK "; empty: DefaultVersion
	HandlePrefix string           // what handles begin with, before ":1"; empty: "H:" and the host name
	JobRetries   int              // a job is destroyed when it is handed back for this time; 0: never
	TLS          *tls.Config      // nil: plain TCP
	Log          *slog.Logger     // nil: silent
	Now          func() time.Time // the clock of EPOCH jobs; nil: time.Now
	MaxPacket    int              // largest body of a request, in bytes; 0: wire.DefaultMaxPacket

	// MaxPending is how many bytes of answers may wait for one client. Its own requests are not read on from half of
	// that, until it has read; where packets for it come from others, as results do, it is closed at the limit. 0:
	// DefaultMaxPending.
	MaxPending int
	// MaxBuffered is how many bytes may wait for all clients together before none that has more than a share of them
	// is served on and workers' results are not read on; as many again may be taken by requests of more than 1 MiB that
	// are read or answered. 0: DefaultMaxBuffered.
	MaxBuffered int
	// MaxStored is how many bytes jobs and functions may take; above, submissions are answered
	// QUEUE_ERROR. 0: DefaultMaxStored.
	MaxStored int
	// ClientTimeout is how long a client may read nothing while something waits for it, or send nothing inside a
	// packet, before it is closed. 0: DefaultClientTimeout.
	ClientTimeout time.Duration
}

// withDefaults returns o with every empty field set.
func (o Options) withDefaults() Options {
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	if o.HandlePrefix == "" {
		o.HandlePrefix = defaultPrefix()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.MaxPacket = orDefault(o.MaxPacket, wire.DefaultMaxPacket)
	o.MaxPending = orDefault(o.MaxPending, DefaultMaxPending)
	o.MaxBuffered = orDefault(o.MaxBuffered, DefaultMaxBuffered)
	o.MaxStored = orDefault(o.MaxStored, DefaultMaxStored)
	o.ClientTimeout = orDefault(o.ClientTimeout, DefaultClientTimeout)
	return o
}

func defaultPrefix() string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return "H:" + host
}

func orDefault[T ~int | ~int64](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}
