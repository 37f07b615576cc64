package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// DefaultTimeout is the default of Dialer.Timeout.
const DefaultTimeout = 5 * time.Second

// Dialer are the settings of connections. The zero value dials plain TCP with DefaultTimeout.
type Dialer struct {
	// Program names the calling program on servers: the queues of canaries are named PROGRAM_canary_…, the client IDs of
	// SameServers begin with it. Letters, digits, - and _ only; empty: "wire".
	Program string
	// Timeout limits each step: dialing with name resolution and TLS handshake, a write of at most 64 KiB, and the time
	// without a byte while an answer is due; 0: DefaultTimeout.
	Timeout time.Duration
	// AnswerTimeout limits the time from a request to the end of its answer, and from the first byte of a packet to its
	// last; 0: ten times Timeout. It does not limit the wait for jobs and results.
	AnswerTimeout time.Duration

	MaxPacket int                    // largest packet body accepted, in bytes; 0: DefaultMaxPacket
	MaxAnswer int64                  // longest admin answer accepted, in bytes; 0: DefaultMaxAnswer
	MaxRows   int64                  // most rows that a Listing keeps, of 160 bytes on average; 0: DefaultMaxRows
	TLS       *tls.Config            // nil: plain TCP
	ServerTLS map[string]*tls.Config // instead of TLS, by the address that Dial is called with
	// ServerTimeout is used instead of Timeout, by the address that Dial is called with; 0: Timeout.
	ServerTimeout map[string]time.Duration
	Trace         func(Event) // called for every packet and admin line; nil: none. It must be safe for concurrent use
	// Guard, if not nil, is asked before a connection sends its first request other than status, prioritystatus, workers,
	// version, show jobs and ECHO_REQ. If it returns an error, the request is not sent, the operation returns that error,
	// and the connection is good for Close only. It must be safe for concurrent use.
	Guard func(server, request string) error
	// Leftover, if not nil, is called with a canary queue that could not be removed from a server. It must be safe for
	// concurrent use.
	Leftover func(server, queue string)
	// Dials, if not nil, holds an element for each dial of FanOut that is in progress, so that its capacity, which must be over
	// 0, limits those of all calls together instead of MaxDials that of each.
	Dials chan struct{}
	// Idle, if not nil, keeps idle connections for Dial: see Conn.KeepIdle.
	Idle *IdleConns
	// NetDial, if not nil, replaces net.Dialer.DialContext, for tests and tunnels.
	NetDial func(ctx context.Context, network, address string) (net.Conn, error)
}

// answerTimeouts is the default of AnswerTimeout, in units of Timeout.
const answerTimeouts = 10

func (d *Dialer) program() string { return cmp.Or(d.Program, "wire") }

func (d *Dialer) timeout(server string) time.Duration {
	if own := d.ServerTimeout[server]; own > 0 {
		return own
	}
	if d.Timeout <= 0 {
		return DefaultTimeout
	}
	return d.Timeout
}

func (d *Dialer) answerTimeout(server string) time.Duration {
	if d.AnswerTimeout <= 0 {
		return answerTimeouts * d.timeout(server)
	}
	return d.AnswerTimeout
}

// Dial connects to server, a host:port as ParseServers returns it. It blocks for at most the timeout, including the TLS
// handshake. The error is an *OpError for which IsUnreachable is true, or the cause of ctx.
func (d *Dialer) Dial(ctx context.Context, server string) (*Conn, error) {
	if c := d.Idle.get(server); c != nil {
		return c, nil
	}
	return d.dialNew(ctx, server)
}

// dialNew is Dial without Idle.
func (d *Dialer) dialNew(ctx context.Context, server string) (*Conn, error) {
	dctx, cancel := context.WithTimeout(ctx, d.timeout(server))
	defer cancel()
	nc, err := d.connect(dctx, server)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &OpError{Server: server, Op: opDial, Err: dialCause(err), Safe: true}
	}
	return newConn(nc, server, d), nil
}

func (d *Dialer) connect(ctx context.Context, server string) (net.Conn, error) {
	dial := d.NetDial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	nc, err := dial(ctx, "tcp", server)
	config := d.tlsConfig(server)
	if err != nil || config == nil {
		return nc, err
	}
	first := &firstByte{Conn: nc}
	tc := tls.Client(first, config)
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, tlsError(err, first.b)
	}
	return tc, nil
}

// UsesTLS reports whether a server is dialed with TLS.
func (d *Dialer) UsesTLS(server string) bool { return d.tlsConfig(server) != nil }

// tlsConfig returns the TLS configuration for a server; nil: plain TCP.
func (d *Dialer) tlsConfig(server string) *tls.Config {
	c, own := d.ServerTLS[server]
	if !own {
		c = d.TLS
	}
	if c == nil || c.ServerName != "" {
		return c
	}
	c = c.Clone()
	c.ServerName, _, _ = net.SplitHostPort(server)
	return c
}

// dialCause shortens the errors of package net: "dial tcp 127.0.0.1:1: connect: connection refused" repeats the
// address that OpError already names.
func dialCause(err error) error {
	var handshake *TLSError
	if errors.As(err, &handshake) {
		return handshake
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return ErrSilent
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return errors.New(dns.Err)
	}
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		return sys.Err
	}
	return err
}
