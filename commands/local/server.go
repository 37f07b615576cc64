package local

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/wire"
	"gearctl/wire/jobserver"
)

type serverOptions struct {
	listen     string
	cert, key  string
	clientCA   string
	jobRetries int
	like       string
	limits     serverLimits
}

// serverLimits bound the memory that clients can use.
type serverLimits struct {
	pending, buffered, stored cli.ByteSize
	clientTimeout             time.Duration
}

func (l *serverLimits) flags() []urfave.Flag {
	l.pending, l.buffered, l.stored = jobserver.DefaultMaxPending, jobserver.DefaultMaxBuffered, jobserver.DefaultMaxStored
	return []urfave.Flag{
		&urfave.GenericFlag{Name: "max-pending", Value: &l.pending, Usage: "maximum `SIZE` of answers buffered per client: at half of it requests wait until the client reads, at the limit it is disconnected"},
		&urfave.GenericFlag{Name: "max-buffered", Value: &l.buffered, Usage: "maximum `SIZE` of answers buffered for all clients: above it, slow readers and workers' results wait"},
		&urfave.GenericFlag{Name: "max-stored", Value: &l.stored, Usage: "maximum `SIZE` of jobs and queues in memory: above it, new jobs are refused with QUEUE_ERROR"},
		cli.DurationFlag("client-timeout", &l.clientTimeout, jobserver.DefaultClientTimeout, "disconnect a client that reads nothing or stalls within a packet for `DURATION`"),
	}
}

func NewServer(env *cli.Env) *cli.Command {
	var o serverOptions
	return &cli.Command{
		Name: "server", Group: cli.GroupLocal, NoContext: true, Short: "run the embedded job server for trials and tests", Daemon: true,
		Examples: []cli.Example{
			{Line: "gearctl server", What: "on 127.0.0.1:4730 until interrupted"},
			{Line: "gearctl server --listen 127.0.0.1:14730 -v", What: "on another port, logging what happens"},
		},
		Long: `Keeps its jobs in memory and loses them when it stops: for trials, demonstrations and tests. Use gearmand in
production.

Its memory is bounded. Jobs and queues take up to --max-stored. Answers are produced as clients read them: a client
that requests more than it reads waits, and one that reads nothing is disconnected after --client-timeout. Requests
over 1 MiB count towards --max-buffered while they arrive. --max-packet limits one request.

It behaves like gearmand, apart from gearmand's faults. Releases differ in the order in which a worker of several
queues gets jobs, and in what jobs for later delay: --like selects one. docs/reference/servers.md has the differences.`,
		Flags: append([]urfave.Flag{
			&urfave.StringFlag{Name: "listen", Aliases: []string{"l"}, Destination: &o.listen, Value: "127.0.0.1:4730", Usage: "`ADDRESS` to listen on; port 0 picks a free one"},
			&urfave.StringFlag{Name: "tls-cert", Destination: &o.cert, Usage: "PEM `FILE` of the server's certificate; enables TLS"},
			&urfave.StringFlag{Name: "tls-key", Destination: &o.key, Usage: "PEM `FILE` of the certificate's key"},
			&urfave.StringFlag{Name: "tls-client-ca", Destination: &o.clientCA, Usage: "PEM `FILE` of CAs; requires client certificates"},
			&urfave.StringFlag{Name: "like", Destination: &o.like, Value: string(jobserver.Release20), Usage: "behave like gearmand `RELEASE`: 2.0, or 1.1 for 1.1.20 to 1.1.22"},
			&urfave.IntFlag{Name: "job-retries", Destination: &o.jobRetries, Usage: "destroy a job when it is released the `N`th time, as gearmand does; 0: never"},
		}, o.limits.flags()...),
		Choices: map[string][]string{"like": {string(jobserver.Release20), string(jobserver.Release11)}},
		Run:     func(ctx context.Context, _ cli.Words) error { return runServer(ctx, env, o) },
	}
}

// embeddedVersion is the version that the embedded server reports: the gearmand it behaves like, with a mark.
func embeddedVersion(like jobserver.Release) string { return like.Gearmand() + "+gearctl" }

func runServer(ctx context.Context, env *cli.Env, o serverOptions) error {
	like := jobserver.Release(o.like)
	if like != jobserver.Release20 && like != jobserver.Release11 {
		return cmderr.Usagef("--like %.60q: must be %s or %s", o.like, jobserver.Release20, jobserver.Release11)
	}
	tlsConfig, err := o.tls()
	if err != nil {
		return err
	}
	cli.WarnOfPrivateKey(env, o.key)
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return cmderr.Errorf("listen on %s: %w", o.listen, connect.ListenCause(err))
	}
	level := slog.LevelWarn
	if env.Globals.Verbose {
		level = slog.LevelInfo
	}
	opts := jobserver.Options{
		Like: like, Version: embeddedVersion(like), TLS: tlsConfig, JobRetries: o.jobRetries, MaxPacket: int(env.Globals.MaxPacket),
		MaxPending: int(o.limits.pending), MaxBuffered: int(o.limits.buffered), MaxStored: int(o.limits.stored),
		ClientTimeout: o.limits.clientTimeout,
		Log:           slog.New(slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{Level: level})),
	}
	env.Info("job server listening on %s (in memory, for tests; ctrl-C stops it)", l.Addr())
	err = jobserver.New(opts).Serve(ctx, l)
	if ctx.Err() != nil {
		env.Info("job server stopped")
		return nil
	}
	return err
}

// tls returns the server's TLS configuration, or nil without a certificate.
func (o *serverOptions) tls() (*tls.Config, error) {
	if o.cert == "" && o.key == "" && o.clientCA == "" {
		return nil, nil
	}
	if o.cert == "" || o.key == "" {
		return nil, cmderr.Usagef("TLS needs both --tls-cert and --tls-key")
	}
	c, err := wire.TLSFiles{Cert: o.cert, Key: o.key}.Config()
	if err != nil {
		return nil, cmderr.Usagef("%v", err)
	}
	if o.clientCA != "" {
		if c.ClientCAs, err = wire.LoadCertPool(o.clientCA); err != nil {
			return nil, cmderr.Usagef("%v", err)
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}
