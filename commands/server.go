package commands

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"

	"github.com/urfave/cli/v2"

	"gearctl/wire"
	"gearctl/wire/jobserver"
)

type serverOptions struct {
	listen     string
	cert, key  string
	clientCA   string
	jobRetries int
}

func newServer(env *Env) *Command {
	var o serverOptions
	return &Command{
		Name: "server", Group: GroupLocal, Short: "run the embedded job server, for trying and testing",
		Examples: []Example{
			{"gearctl server", "on 127.0.0.1:4730 until interrupted"},
			{"gearctl server --listen 127.0.0.1:14730 -v", "on another port, telling what happens"},
		},
		Long: `Keeps its jobs in memory and forgets them when it stops: for trying, demonstrating and testing. Production runs
gearmand.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Aliases: []string{"l"}, Destination: &o.listen, Value: "127.0.0.1:4730", Usage: "`ADDRESS` to listen on; port 0 picks a free one"},
			&cli.StringFlag{Name: "tls-cert", Destination: &o.cert, Usage: "PEM `FILE` of the server's certificate: speak TLS"},
			&cli.StringFlag{Name: "tls-key", Destination: &o.key, Usage: "PEM `FILE` of its key"},
			&cli.StringFlag{Name: "tls-client-ca", Destination: &o.clientCA, Usage: "PEM `FILE` of authorities: clients must show a certificate of theirs"},
			&cli.IntFlag{Name: "job-retries", Destination: &o.jobRetries, Usage: "destroy a job when it is handed back the `N`th time, as gearmand does; 0: never"},
		},
		Run: func(ctx context.Context, _ Words) error { return runServer(ctx, env, o) },
	}
}

func runServer(ctx context.Context, env *Env, o serverOptions) error {
	tlsConfig, err := o.tls()
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return errorf("listen on %s: %w", o.listen, listenCause(err))
	}
	opts := jobserver.Options{TLS: tlsConfig, JobRetries: o.jobRetries}
	if env.globals.verbose {
		opts.Log = slog.New(slog.NewTextHandler(env.Stderr, nil))
	}
	env.note("job server listening on %s (in memory, for trying and testing; ctrl-C stops it)", l.Addr())
	err = jobserver.New(opts).Serve(ctx, l)
	if ctx.Err() != nil {
		env.note("job server stopped")
		return nil
	}
	return err
}

// tls returns the server's side of TLS, or nil when no certificate is given.
func (o *serverOptions) tls() (*tls.Config, error) {
	if o.cert == "" && o.key == "" && o.clientCA == "" {
		return nil, nil
	}
	if o.cert == "" || o.key == "" {
		return nil, usagef("TLS needs both --tls-cert and --tls-key")
	}
	c, err := wire.TLSFiles{Cert: o.cert, Key: o.key}.Config()
	if err != nil {
		return nil, usagef("%v", err)
	}
	if o.clientCA != "" {
		if c.ClientCAs, err = wire.LoadCertPool(o.clientCA); err != nil {
			return nil, usagef("%v", err)
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

// listenCause drops the address that the message names already.
func listenCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
