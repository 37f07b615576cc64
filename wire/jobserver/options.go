package jobserver

import (
	"crypto/tls"
	"log/slog"
	"os"
	"time"

	"gearctl/wire"
)

// DefaultVersion is the default answer to the version command: the gearmand version that the server behaves like, and a
// suffix to tell it apart.
const DefaultVersion = "2.0.0" + versionMark

const versionMark = "+jobserver"

// Default limits of a Server, in bytes except for the last.
const (
	DefaultMaxPending    = 64 << 20
	DefaultMaxBuffered   = 64 << 20
	DefaultMaxStored     = 1 << 30
	DefaultClientTimeout = time.Minute
)

// Options are the settings of a Server. The zero value is a plain TCP server with gearmand's defaults.
type Options struct {
	Like         Release          // empty: that of Version, else Release20
	Version      string           // answer to the version command, without "OK "; empty: the first of Like with a mark
	Unversioned  bool             // the answer has no version, as that of a gearmand built from a source archive
	HandlePrefix string           // of job handles, before ":1"; empty: "H:" and the host name
	JobRetries   int              // a job is destroyed when it is released this many times; 0: never
	TLS          *tls.Config      // nil: plain TCP
	Log          *slog.Logger     // nil: no log
	Now          func() time.Time // clock for SUBMIT_JOB_EPOCH; nil: time.Now
	MaxPacket    int              // largest request body in bytes; 0: wire.DefaultMaxPacket

	// MaxPending is how many bytes may wait for one client. From half of it, the server stops reading the client's
	// requests until it has read answers. If packets caused by others, such as results, exceed it, the client is
	// disconnected. 0: DefaultMaxPending.
	MaxPending int
	// MaxBuffered is how many bytes may wait for all clients together. Above it, the server stops reading workers'
	// results, and requests of clients for which more than 64 KiB wait. Requests of more than 1 MiB that are being read or
	// answered may take as many bytes again. 0: DefaultMaxBuffered.
	MaxBuffered int
	// MaxStored is how many bytes jobs and functions may take. Above it, submissions are answered with QUEUE_ERROR. 0:
	// DefaultMaxStored.
	MaxStored int
	// ClientTimeout is how long a client may read nothing while bytes wait for it, or pause inside a packet, before it is
	// disconnected. 0: DefaultClientTimeout.
	ClientTimeout time.Duration
}

// withDefaults returns o with defaults for all empty fields.
func (o Options) withDefaults() Options {
	if o.Like == "" {
		o.Like = ReleaseOf(o.Version)
	}
	switch {
	case o.Unversioned:
		o.Version = ""
	case o.Version == "":
		o.Version = o.Like.Gearmand() + versionMark
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
	o.MaxPacket = defaultTo(o.MaxPacket, wire.DefaultMaxPacket)
	o.MaxPending = defaultTo(o.MaxPending, DefaultMaxPending)
	o.MaxBuffered = defaultTo(o.MaxBuffered, DefaultMaxBuffered)
	o.MaxStored = defaultTo(o.MaxStored, DefaultMaxStored)
	o.ClientTimeout = defaultTo(o.ClientTimeout, DefaultClientTimeout)
	return o
}

func defaultPrefix() string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return "H:" + host
}

func defaultTo[T ~int | ~int64](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}
