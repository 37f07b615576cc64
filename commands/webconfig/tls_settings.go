package webconfig

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// tlsSettings is the section tls_server_config.
type tlsSettings struct {
	given               bool // the section holds a key
	cert, key, clientCA pemText
	auth                tls.ClientAuthType
	sans                []string
	sansGiven           bool
	min, max            uint16
	ciphers             []uint16
	curves              []tls.CurveID
}

func (t *tlsSettings) set(key string, value *yaml.Node) error {
	t.given = true
	switch key {
	case "cert":
		return setText(&t.cert.text, value)
	case "cert_file":
		return setText(&t.cert.file, value)
	case "key":
		return setText(&t.key.text, value)
	case "key_file":
		return setText(&t.key.file, value)
	case "client_ca":
		return setText(&t.clientCA.text, value)
	case "client_ca_file":
		return setText(&t.clientCA.file, value)
	case "client_auth_type":
		return setName(&t.auth, value, "policy", authType)
	case "client_allowed_sans":
		t.sansGiven = true
		return setList(&t.sans, value, "name", func(s string) (string, bool) { return s, s != "" })
	case "min_version":
		return setName(&t.min, value, "TLS version", version)
	case "max_version":
		return setName(&t.max, value, "TLS version", version)
	case "cipher_suites":
		return setList(&t.ciphers, value, "cipher", cipher)
	case "curve_preferences":
		return setList(&t.curves, value, "curve", curve)
	case "prefer_server_cipher_suites":
		return setBool(new(bool), value) // Go chooses by itself
	}
	return errUnknownKey()
}

// check finds what is missing or contradicts itself. It is stricter than the toolkit, which serves plain HTTP when the
// section holds but, say, min_version; prefers a file to a text that is given as well; trusts every authority of the
// system when certificates are required and no client_ca says of whom; and does not look at client_allowed_sans, or
// believes any certificate that a client made itself, when client_auth_type is not RequireAndVerifyClientCert.
func (t *tlsSettings) check(http2 bool) error {
	if !t.given {
		return nil
	}
	return cmp.Or(
		t.cert.check("cert", true),
		t.key.check("key", true),
		t.clientCA.check("client_ca", false),
		t.checkClients(),
		t.checkVersions(),
		t.checkHTTP2(http2),
	)
}

func (t *tlsSettings) checkClients() error {
	switch {
	case t.sansGiven && len(t.sans) == 0:
		return errors.New("client_allowed_sans: holds no name, so that no client could connect")
	case t.sansGiven && t.auth != tls.RequireAndVerifyClientCert:
		return errors.New("client_allowed_sans: protects nothing unless client_auth_type is RequireAndVerifyClientCert")
	case t.clientCA.given() && t.auth != tls.RequireAndVerifyClientCert && t.auth != tls.VerifyClientCertIfGiven:
		return errors.New("client_ca: protects nothing unless client_auth_type is RequireAndVerifyClientCert")
	case !t.clientCA.given() && t.auth == tls.RequireAndVerifyClientCert:
		return errors.New("client_auth_type: RequireAndVerifyClientCert needs client_ca_file or client_ca, which say whose certificates count")
	}
	return nil
}

func (t *tlsSettings) checkVersions() error {
	if t.min > t.max {
		return fmt.Errorf("min_version: %s is over max_version %s", tls.VersionName(t.min), tls.VersionName(t.max))
	}
	return nil
}

// checkHTTP2 finds a list of ciphers that RFC 7540 section 9.2.2 forbids: HTTP/2 by TLS 1.2 needs one of two ciphers.
func (t *tlsSettings) checkHTTP2(http2 bool) error {
	required := func(id uint16) bool {
		return id == tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 || id == tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
	}
	if !http2 || len(t.ciphers) == 0 || t.min >= tls.VersionTLS13 || slices.ContainsFunc(t.ciphers, required) {
		return nil
	}
	return errors.New("cipher_suites: HTTP/2 needs TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; " +
		"add one, or set http2: false in http_server_config")
}
