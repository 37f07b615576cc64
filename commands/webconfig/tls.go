package webconfig

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
)

// material is what the certificates and the key of a configuration hold.
type material struct{ cert, key, clientCA []byte }

// read reads the files that the section names; relative ones are in dir.
func (t *tlsSettings) read(dir string) (m *material, err error) {
	m = new(material)
	if m.cert, err = t.cert.read(dir, "cert"); err != nil {
		return nil, err
	}
	if m.key, err = t.key.read(dir, "key"); err != nil {
		return nil, err
	}
	if m.clientCA, err = t.clientCA.read(dir, "client_ca"); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *material) equal(other *material) bool {
	return other != nil && bytes.Equal(m.cert, other.cert) && bytes.Equal(m.key, other.key) && bytes.Equal(m.clientCA, other.clientCA)
}

// build makes the TLS configuration for new connections, but for the protocols of HTTP. No session is resumed: each
// connection shows its certificate to the configuration of its time.
func (t *tlsSettings) build(m *material) (*tls.Config, error) {
	cert, err := tls.X509KeyPair(m.cert, m.key)
	if err != nil {
		return nil, fmt.Errorf("certificate and key: %w", err)
	}
	c := &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientAuth: t.auth,
		MinVersion: t.min, MaxVersion: t.max, CipherSuites: t.ciphers, CurvePreferences: t.curves,
		SessionTicketsDisabled: true,
	}
	if t.clientCA.given() {
		if c.ClientCAs, err = authorities(m.clientCA); err != nil {
			return nil, fmt.Errorf("client_ca: %w", err)
		}
	}
	if t.sansGiven {
		c.VerifyConnection = allowSANs(t.sans)
	}
	return c, nil
}

// authorities returns the certificates of a PEM text. None at all is an error, and so is one that cannot be read:
// whom it was to let in would not be known.
func authorities(text []byte) (*x509.CertPool, error) {
	pool, n := x509.NewCertPool(), 0
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		n++
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", n, err)
		}
		pool.AddCert(cert)
	}
	if n == 0 {
		return nil, errors.New("holds no certificate in PEM format")
	}
	return pool, nil
}

// allowSANs lets pass only connections whose certificate has an alternative name, of any kind, that is one of allowed
// to the letter. It is for VerifyConnection, which is asked for every connection, and not only for those that show
// their certificate.
func allowSANs(allowed []string) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		if len(state.VerifiedChains) > 0 && slices.ContainsFunc(sans(state.PeerCertificates[0]), func(name string) bool { return slices.Contains(allowed, name) }) {
			return nil
		}
		return errors.New("the client's certificate has none of client_allowed_sans")
	}
}

// sans are the alternative names of a certificate.
func sans(c *x509.Certificate) []string {
	names := slices.Concat(c.DNSNames, c.EmailAddresses)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	for _, uri := range c.URIs {
		names = append(names, uri.String())
	}
	return names
}
