package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"

	"gearctl/wire/disk"
)

// TLSFiles are the TLS settings of a client. The files are PEM files.
type TLSFiles struct {
	CA         string // trusted certificate authorities; empty: those of the system
	Cert, Key  string // client certificate and its key, both or neither
	ServerName string // required name in the server's certificate; empty: the dialed host
	Insecure   bool   // accept any server certificate
}

// Config reads the files and returns a configuration for TLS 1.2 and later. Errors name the file.
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
		return nil, errors.New("a TLS client certificate and its key must be given together")
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

// maxPEM limits the size of a PEM file, in bytes. A system's authorities take a tenth of it.
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

// TLSError is a failed handshake. PlainText means that the server does not seem to speak TLS: Debian's gearmand 1.1.20 accepts
// --ssl, logs it, and serves plain text.
type TLSError struct {
	PlainText bool
	Err       error
}

func (e *TLSError) Error() string { return "TLS handshake: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *TLSError) Unwrap() error { return e.Err }

// tlsError recognizes a server without TLS by its first byte, 0 if there was none: it answers the ClientHello with text, waits
// for the end of the line, or closes the connection because the line has too many words.
func tlsError(err error, first byte) error {
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrSilent
	}
	err = ioCause(err)
	cut := errors.Is(err, ErrSilent) || isCut(err)
	isTLS := first == tlsAlert || first == tlsHandshake
	return &TLSError{PlainText: !isTLS && (first != 0 || cut), Err: err}
}

// The types of the first record that a TLS server may send.
const (
	tlsAlert     = 21
	tlsHandshake = 22
)

// firstByte keeps the first byte that is read.
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
