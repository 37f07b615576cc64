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
const DefaultVersion = "1.1.20+gearctl"

// DefaultMaxPending is how many bytes may wait for a connection whose peer does not read before it is closed.
const DefaultMaxPending = 256 << 20

// Options are the settings of a Server. The zero value is a plain server with gearmand's defaults.
type Options struct {
	Version      string           // what the version command answers after "OK "; empty: DefaultVersion
	HandlePrefix string           // what handles begin with, before ":1"; empty: "H:" and the host name
	JobRetries   int              // a job is destroyed when it is handed back for this time; 0: never
	TLS          *tls.Config      // nil: plain TCP
	Log          *slog.Logger     // nil: silent
	Now          func() time.Time // the clock of EPOCH jobs; nil: time.Now
	MaxPacket    int              // largest body of a request, in bytes; 0: wire.DefaultMaxPacket
	MaxPending   int              // most bytes that may wait for one connection; 0: DefaultMaxPending
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
	if o.MaxPacket <= 0 {
		o.MaxPacket = wire.DefaultMaxPacket
	}
	if o.MaxPending <= 0 {
		o.MaxPending = DefaultMaxPending
	}
	return o
}

func defaultPrefix() string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return "H:" + host
}
