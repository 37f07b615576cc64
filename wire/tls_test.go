package wire_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate, in PEM
	dir  string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	der, key := sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	var err error
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.key = key
	a.file = a.write(t, "ca.pem", "CERTIFICATE", der)
	return a
}

// sign makes a certificate signed by a, or by itself when a is nil.
func sign(t *testing.T, c *x509.Certificate, a *authority) (der []byte, key *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(1), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, parentKey := c, key
	if a != nil {
		parent, parentKey = a.cert, a.key
	}
	if der, err = x509.CreateCertificate(rand.Reader, c, parent, key.Public(), parentKey); err != nil {
		t.Fatal(err)
	}
	return der, key
}

func (a *authority) write(t *testing.T, name, kind string, der []byte) (path string) {
	t.Helper()
	path = filepath.Join(a.dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// issue makes the files of a certificate for servers and clients on this host.
func (a *authority) issue(t *testing.T, name string) (cert, key string) {
	t.Helper()
	der, k := sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a)
	kder, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return a.write(t, name+".pem", "CERTIFICATE", der), a.write(t, name+".key", "EC PRIVATE KEY", kder)
}

// serverConfig is that of a TLS server which speaks one version and, with clients, wants their certificates.
func (a *authority) serverConfig(t *testing.T, version uint16, clients bool) *tls.Config {
	t.Helper()
	cert, key := a.issue(t, "server")
	c, err := wire.TLSFiles{Cert: cert, Key: key}.Config()
	if err != nil {
		t.Fatal(err)
	}
	c.MinVersion, c.MaxVersion = version, version
	if clients {
		c.ClientAuth = tls.RequireAndVerifyClientCert
		if c.ClientCAs, err = wire.LoadCertPool(a.file); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// versionOver asks the server at addr for its version, over TLS.
func versionOver(t *testing.T, addr string, files wire.TLSFiles) (*wire.Conn, error) {
	t.Helper()
	c, err := files.Config()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&wire.Dialer{TLS: c}).Dial(t.Context(), addr)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { conn.Close() })
	_, err = conn.Version(t.Context())
	return conn, err
}

// tlsServers runs f against the embedded server with TLS, and against a real gearmand behind a forwarder.
func tlsServers(t *testing.T, c *tls.Config, f func(t *testing.T, addr string)) {
	t.Run("embedded", func(t *testing.T) { f(t, embedded(t, jobserver.Options{TLS: c})) })
	t.Run("gearmand", func(t *testing.T) { f(t, forward(t, c, gearmandtest.Start(t))) })
}

// forward accepts TLS and passes what is in it to the server at addr.
func forward(t *testing.T, c *tls.Config, addr string) string {
	t.Helper()
	l := tls.NewListener(listen(t), c)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { splice(nc, addr) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

func splice(client net.Conn, addr string) {
	defer client.Close()
	server, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		io.Copy(client, server)
		client.Close()
	}()
	io.Copy(server, client)
	server.Close()
	<-ended
}

var tlsVersions = map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13}

func TestJobsTravelOverTLS(t *testing.T) {
	for name, version := range tlsVersions {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t)
			tlsServers(t, a.serverConfig(t, version, false), func(t *testing.T, addr string) {
				c, err := versionOver(t, addr, wire.TLSFiles{CA: a.file})
				if err != nil {
					t.Fatal(err)
				}
				for range 300 {
					job := wire.Submission{Function: "q", Unique: "", Workload: make([]byte, 10_000), Background: true}
					if _, err := c.Submit(t.Context(), &job); err != nil {
						t.Fatal(err)
					}
				}
				got, err := take(t, c, wire.Take{})
				checkTaken(t, wire.Taken{Jobs: 300, Bytes: 3_000_000, Acknowledged: 300}, got, err, nil)
			})
		})
	}
}

func TestCertificates(t *testing.T) {
	for name, version := range tlsVersions {
		t.Run(name, func(t *testing.T) {
			a, other := newAuthority(t), newAuthority(t)
			addr := embedded(t, jobserver.Options{TLS: a.serverConfig(t, version, false)})
			_, port, _ := net.SplitHostPort(addr)
			var unknown x509.UnknownAuthorityError
			var wrongName x509.HostnameError
			for _, c := range []struct {
				name  string
				addr  string
				files wire.TLSFiles
				want  any // nil: it succeeds
			}{
				{"right", addr, wire.TLSFiles{CA: a.file}, nil},
				{"right name", "localhost:" + port, wire.TLSFiles{CA: a.file}, nil},
				{"given name", addr, wire.TLSFiles{CA: a.file, ServerName: "localhost"}, nil},
				{"wrong name", addr, wire.TLSFiles{CA: a.file, ServerName: "gm1"}, &wrongName},
				{"wrong authority", addr, wire.TLSFiles{CA: other.file}, &unknown},
				{"authorities of the system", addr, wire.TLSFiles{}, &unknown},
				{"insecure", addr, wire.TLSFiles{CA: other.file, ServerName: "gm1", Insecure: true}, nil},
			} {
				t.Run(c.name, func(t *testing.T) {
					_, err := versionOver(t, c.addr, c.files)
					var handshake *wire.TLSError
					switch {
					case c.want == nil && err != nil:
						t.Errorf("got %v", err)
					case c.want != nil && (!errors.As(err, c.want) || !errors.As(err, &handshake) || handshake.PlainText || !wire.IsUnreachable(err)):
						t.Errorf("got %v, want a TLSError with %T that is not about plain text", err, c.want)
					}
				})
			}
		})
	}
}

func TestClientCertificates(t *testing.T) {
	for name, version := range tlsVersions {
		t.Run(name, func(t *testing.T) {
			a, other := newAuthority(t), newAuthority(t)
			tlsServers(t, a.serverConfig(t, version, true), func(t *testing.T, addr string) {
				cert, key := a.issue(t, "client")
				if _, err := versionOver(t, addr, wire.TLSFiles{CA: a.file, Cert: cert, Key: key}); err != nil {
					t.Errorf("with a certificate: got %v", err)
				}
				cert, key = other.issue(t, "client")
				for name, files := range map[string]wire.TLSFiles{"none": {CA: a.file}, "of another authority": {CA: a.file, Cert: cert, Key: key}} {
					_, err := versionOver(t, addr, files)
					var handshake *wire.TLSError
					if err == nil || errors.As(err, &handshake) && handshake.PlainText || errors.Is(err, wire.ErrSilent) {
						t.Errorf("%s: got %v, want a refusal", name, err)
					}
				}
			})
		})
	}
}

// behaves accepts connections and treats each as f does, until the test ends.
func behaves(t *testing.T, f func(net.Conn)) (addr string) {
	t.Helper()
	l := listen(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer nc.Close()
				nc.Read(make([]byte, 4096))
				f(nc)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

func TestAServerWithoutTLS(t *testing.T) {
	waitForEnd := func(nc net.Conn) { io.Copy(io.Discard, nc) }
	for _, c := range []struct {
		name  string
		serve func(net.Conn)
		plain bool
	}{
		{"answers text", func(nc net.Conn) { nc.Write([]byte("ERR UNKNOWN_COMMAND Unknown+server+command\r\n")) }, true},
		{"answers a short text", func(nc net.Conn) { nc.Write([]byte("OK\n")) }, true},
		{"stays silent", waitForEnd, true},
		{"closes", func(net.Conn) {}, true},
		{"resets", func(nc net.Conn) { nc.(*net.TCPConn).SetLinger(0) }, true},
		{"sends an alert", func(nc net.Conn) { nc.Write([]byte("\x15\x03\x03\x00\x02\x02\x28")); waitForEnd(nc) }, false},
		{"stops in the middle of TLS", func(nc net.Conn) { nc.Write([]byte("\x16\x03\x03\x00\x50")); waitForEnd(nc) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkPlainText(t, behaves(t, c.serve), c.plain)
		})
	}
	// To gearmand a ClientHello is a line: it answers, waits for the end of it or closes, as the random bytes in it have it.
	onServers(t, func(t *testing.T, addr string) {
		for range 10 {
			checkPlainText(t, addr, true)
		}
	})
}

func checkPlainText(t *testing.T, addr string, plain bool) {
	t.Helper()
	d := &wire.Dialer{Timeout: 2 * short, TLS: &tls.Config{InsecureSkipVerify: true}}
	_, err := d.Dial(t.Context(), addr)
	var handshake *wire.TLSError
	if !errors.As(err, &handshake) || handshake.PlainText != plain || !wire.IsUnreachable(err) {
		t.Errorf("got %v, want a TLSError with PlainText %v", err, plain)
	}
}

func TestAContextEndsAHandshake(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), short, errDisk)
	defer cancel()
	d := &wire.Dialer{TLS: &tls.Config{InsecureSkipVerify: true}}
	addr := behaves(t, func(nc net.Conn) { io.Copy(io.Discard, nc) })
	if _, err := d.Dial(ctx, addr); !errors.Is(err, errDisk) {
		t.Errorf("got %v, want the context's cause", err)
	}
}

func TestTLSFilesThatAreWrong(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.issue(t, "client")
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for want, f := range map[string]wire.TLSFiles{
		"given together":        {Cert: cert},
		"its key must be given": {Key: key},
		missing:                 {CA: missing},
		"no PEM certificate":    {CA: key},
		"read TLS certificate ": {Cert: missing, Key: key},
		key:                     {Cert: key, Key: key},
	} {
		if _, err := f.Config(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q in it", f, err, want)
		}
	}
}
