package webconfig

import (
	"crypto/tls"
	"errors"
)

// asClosedAs is an error when s protects less than before did, which a running server does not follow: a file that is
// just being written looks like that, an empty one above all. TLS cannot come or go either while a server runs.
func (s *settings) asClosedAs(before *settings) error {
	switch {
	case before.tls.given && !s.tls.given:
		return errors.New("tls_server_config: is gone (start again to serve plain HTTP)")
	case !before.tls.given && s.tls.given:
		return errors.New("tls_server_config: is new (start again to serve TLS)")
	case len(before.users) > 0 && len(s.users) == 0:
		return errors.New("basic_auth_users: is gone (start again to serve without passwords)")
	case s.tls.min < before.tls.min:
		return errors.New("tls_server_config: min_version: is lower than it was (start again to serve like that)")
	case s.tls.strength() < before.tls.strength():
		return errors.New("tls_server_config: client_auth_type: is weaker than it was (start again to serve like that)")
	case before.tls.sansGiven && !s.tls.sansGiven:
		return errors.New("tls_server_config: client_allowed_sans: is gone (start again to serve every client with a certificate)")
	}
	return nil
}

// strength orders what is asked of clients.
func (t *tlsSettings) strength() int {
	switch t.auth {
	case tls.RequireAndVerifyClientCert:
		return 2
	case tls.RequireAnyClientCert:
		return 1
	}
	return 0
}
