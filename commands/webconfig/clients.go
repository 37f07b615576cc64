package webconfig

import (
	"crypto/tls"
	"crypto/x509"
)

// admits reports whether a client that is connected, as state says, would be let in by c, which may be another
// configuration than the one that let it in.
func admits(c *tls.Config, state tls.ConnectionState) bool {
	state.VerifiedChains = nil
	switch shown := len(state.PeerCertificates) > 0; {
	case c.ClientAuth >= tls.VerifyClientCertIfGiven && shown:
		chains, err := verify(c, state.PeerCertificates)
		if err != nil {
			return false
		}
		state.VerifiedChains = chains
	case !shown && (c.ClientAuth == tls.RequireAnyClientCert || c.ClientAuth == tls.RequireAndVerifyClientCert):
		return false
	}
	return c.VerifyConnection == nil || c.VerifyConnection(state) == nil
}

// verify finds the way from the first certificate to an authority of c, as a handshake does.
func verify(c *tls.Config, shown []*x509.Certificate) ([][]*x509.Certificate, error) {
	between := x509.NewCertPool()
	for _, cert := range shown[1:] {
		between.AddCert(cert)
	}
	return shown[0].Verify(x509.VerifyOptions{
		Roots: c.ClientCAs, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}
