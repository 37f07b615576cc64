package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"

	"gearctl/wire/disk"
)

// TLSFiles says how to speak TLS to servers, as file names of PEM files.
type TLSFiles struct {
	CA         string // certificates of the authorities that may sign the server's; empty: those of the system
	Cert, Key  string // client certificate and its key, both or neither
	ServerName string // name that the server's certificate must have; empty: the host that is dialled
	Insecure   bool   // accept any certificate of the server
}

// Config reads the files and returns a configuration for TLS 1.2 and later that verifies the server unless
// f.Insecure. Errors name the file.
func (f TLSFiles) Config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: f.ServerName, InsecureSkipVerify: f.Insecure}
	if f.CA != "" {
		pool, err := LoadCertPool(f.CA)
		if err != nil {
			return nil, err
		}
		c.RootCAs = pool
	}
	if (f.Cert == "") != (f.Key == "") {
		return nil, errors.New("a TLS client certificate and its key go together")
	}
	if f.Cert != "" {
		cert, err := loadKeyPair(f.Cert, f.Key)
		if err != nil {
			return nil, fmt.Errorf("read TLS certificate %s and key %s: %w", f.Cert, f.Key, err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

// maxPEM bounds a PEM file, in bytes: the authorities of a whole system take a tenth of it.
const maxPEM = 4 << 20

func loadKeyPair(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := disk.ReadInput(certFile, maxPEM)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := disk.ReadInput(keyFile, maxPEM)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(cert, key)
}

// LoadCertPool reads a PEM file of certificates.
func LoadCertPool(path string) (*x509.CertPool, error) {
	pem, err := disk.ReadInput(path, maxPEM)
	if err != nil {
		return nil, fmt.Errorf("read TLS authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read TLS authorities %s: no PEM certificate in it", path)
	}
	return pool, nil
}

// TLSError is a handshake that failed. PlainText is true when the server seems to speak no TLS at all: Debian's
// gearmand 1.1.20 accepts --ssl, logs it, and serves plain text.
type TLSError struct {
	PlainText bool
	Err       error
}

func (e *TLSError) Error() string { return "TLS handshake: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *TLSError) Unwrap() error { return e.Err }

// tlsError tells a server that speaks plain text from one whose certificate is wrong. first is the first byte that
// came from it, 0 when none did: the one answers our ClientHello with text, waits for its end of line, or closes the
// connection because it is a line of too many words; the other sends TLS.
func tlsError(err error, first byte) error {
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrSilent
	}
	err = ioCause(err)
	cut := errors.Is(err, ErrSilent) || errors.Is(err, ErrClosed) || errors.Is(err, syscall.ECONNRESET)
	isTLS := first == tlsAlert || first == tlsHandshake
	return &TLSError{PlainText: !isTLS && (first != 0 || cut), Err: err}
}

// The types of the first record that a TLS server may send.
const (
	tlsAlert     = 21
	tlsHandshake = 22
)

// firstByte remembers the first byte that is read.
type firstByte struct {
	net.Conn
	b byte
}

func (f *firstByte) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if f.b == 0 && n > 0 {
		f.b = p[0]
	}
	return n, err
}
