package webguard

import (
	"crypto/tls"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// with makes a client show a certificate, whoever the server asks for.
func with(t *testing.T, p pair) func(*tls.Config) {
	cert := p.tls(t)
	return func(c *tls.Config) {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	}
}

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	dir, ca, _ := configDir(t)
	good, alien := with(t, ca.issue(t, 5)), with(t, newAuthority(t).issue(t, 6))
	for _, test := range []struct {
		config            string
		none, alien, good string // why it is refused
	}{
		{section(), "", "", ""},
		{section("client_auth_type: RequestClientCert"), "", "", ""},
		{section("client_auth_type: RequireAnyClientCert"), "certificate required", "", ""},
		{section("client_auth_type: VerifyClientCertIfGiven", "client_ca_file: ca.crt"), "", "unknown certificate authority", ""},
		{section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt"), "certificate required", "unknown certificate authority", ""},
		{section("client_auth_type: RequireAndVerifyClientCert", "client_ca: "+indented(ca.pem)), "certificate required", "unknown certificate authority", ""},
	} {
		s := serve(t, dir, test.config)
		check := func(why string, change ...func(*tls.Config)) {
			t.Helper()
			if why == "" {
				s.wantCodeOf(s.client(ca, change...), "https", 200)
			} else {
				s.wantRefused(trust(ca, change...), why)
			}
		}
		check(test.none)
		check(test.alien, alien)
		check(test.good, good)
	}
}

// TestNewAuthority: a changed authority counts at the next connection.
func TestNewAuthority(t *testing.T) {
	t.Parallel()
	dir, ca, _ := configDir(t)
	other := newAuthority(t)
	s := serve(t, dir, section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt"))
	mine, theirs := with(t, ca.issue(t, 5)), with(t, other.issue(t, 6))
	s.wantCodeOf(s.client(ca, mine), "https", 200)
	write(t, dir, "ca.crt", other.pem)
	s.wantCodeOf(s.client(ca, theirs), "https", 200)
	s.wantRefused(trust(ca, mine), "unknown certificate authority")
	write(t, dir, "ca.crt", "")
	s.wantRefused(trust(ca, theirs), "internal error")
	s.wantLog("DIR/web.yml: tls_server_config: DIR/ca.crt: is empty; every request is refused until this is repaired")
}

func TestAllowedSANs(t *testing.T) {
	t.Parallel()
	dir, ca, _ := configDir(t)
	config := func(name string) string {
		return section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_allowed_sans: [nobody, '"+name+"']")
	}
	named := with(t, ca.issue(t, 5, dns("prometheus.example"), email("ops@example.org"), ip("10.1.2.3"), uri("spiffe://example.org/scraper")))
	alien := with(t, newAuthority(t).issue(t, 6, dns("prometheus.example")))
	nameless := with(t, ca.issue(t, 7))
	s := serve(t, dir, config("x"))
	for _, name := range []string{"prometheus.example", "ops@example.org", "10.1.2.3", "spiffe://example.org/scraper"} {
		write(t, dir, "web.yml", config(name))
		s.wantCodeOf(s.client(ca, named), "https", 200)
		s.wantRefused(trust(ca, nameless), "bad certificate")
		s.wantRefused(trust(ca, alien), "unknown certificate authority")
		s.wantRefused(trust(ca), "certificate required")
	}
	for _, name := range []string{"x", "example", "*.example", "PROMETHEUS.example", "10.1.2.30"} {
		write(t, dir, "web.yml", config(name))
		s.wantRefused(trust(ca, named), "bad certificate")
	}
	s.wantLog()
}

// TestShutOut: who is connected is not let in for ever. A client that would not be let in any more loses its connection,
// and one that shows what is asked for now goes on with a new one.
func TestShutOut(t *testing.T) {
	t.Parallel()
	dir, ca, _ := configDir(t)
	other := newAuthority(t)
	write(t, dir, "other.crt", other.pem)
	config := func(authority, name string) string {
		return section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: "+authority, "client_allowed_sans: ["+name+"]")
	}
	mine := with(t, ca.issue(t, 5, dns("a")))
	for _, http2 := range []string{"true", "false"} {
		tail := "http_server_config: {http2: " + http2 + "}\n"
		for before, after := range map[string]string{
			section(): config("ca.crt", "b"),
			section("client_auth_type: RequireAnyClientCert"): config("other.crt", "a"),
			config("ca.crt", "a"):                             config("ca.crt", "b"),
			config("ca.crt", "'a'"):                           config("other.crt", "a"),
		} {
			s := serve(t, dir, before+tail)
			c := s.client(ca, mine)
			s.wantCodeOf(c, "https", 200)
			write(t, dir, "web.yml", before+tail+"# as before\n")
			s.wantCodeOf(c, "https", 200)
			write(t, dir, "web.yml", after+tail)
			s.wantCodeOf(c, "https", 503)
			if _, err := s.get(c, "https"); err == nil {
				t.Errorf("connected again, from\n%s\nto\n%s", before, after)
			}
			write(t, dir, "web.yml", config("ca.crt", "a")+tail)
			s.wantCodeOf(c, "https", 200)
		}
	}
}

// TestNoResumption: a client that was let in shows its certificate again after the configuration changed.
func TestNoResumption(t *testing.T) {
	t.Parallel()
	dir, ca, _ := configDir(t)
	config := func(name, version string) string {
		return section("max_version: "+version, "client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_allowed_sans: ["+name+"]")
	}
	mine := with(t, ca.issue(t, 5, dns("a")))
	for _, version := range []string{"TLS12", "TLS13"} {
		s := serve(t, dir, config("a", version))
		cache := tls.NewLRUClientSessionCache(1)
		resume := func(c *tls.Config) { c.ClientSessionCache = cache }
		for range 3 {
			if a := s.wantCodeOf(s.client(ca, mine, resume), "https", 200); a.tls.DidResume {
				t.Error("resumed")
			}
		}
		write(t, dir, "web.yml", config("b", version))
		s.wantRefused(trust(ca, mine, resume), "bad certificate")
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	dir, ca, _ := configDir(t)
	for _, test := range []struct {
		config string
		works  []uint16
	}{
		{"", []uint16{tls.VersionTLS12, tls.VersionTLS13}},
		{"min_version: TLS13", []uint16{tls.VersionTLS13}},
		{"max_version: TLS12", []uint16{tls.VersionTLS12}},
		{"min_version: TLS10", []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}},
		{"{min_version: TLS11, max_version: TLS11}", []uint16{tls.VersionTLS11}},
	} {
		lines := strings.Split(strings.Trim(test.config, "{}"), ", ")
		s := serve(t, dir, section(lines...))
		for v := uint16(tls.VersionTLS10); v <= tls.VersionTLS13; v++ {
			only := func(c *tls.Config) { c.MinVersion, c.MaxVersion = v, v }
			c := s.client(ca, only)
			c.Transport.(*http.Transport).ForceAttemptHTTP2 = false
			if _, err := s.get(c, "https"); (err == nil) != slices.Contains(test.works, v) {
				t.Errorf("%s: %s: %v", test.config, tls.VersionName(v), err)
			}
		}
	}
}

func TestCiphersAndCurves(t *testing.T) {
	t.Parallel()
	dir, ca, _ := configDir(t)
	s := serve(t, dir, section("max_version: TLS12", "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]"))
	cipher := func(id uint16) func(*tls.Config) { return func(c *tls.Config) { c.CipherSuites = []uint16{id} } }
	if a := s.wantCodeOf(s.client(ca), "https", 200); a.tls.CipherSuite != tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 {
		t.Error(tls.CipherSuiteName(a.tls.CipherSuite))
	}
	s.wantRefused(trust(ca, cipher(tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)), "handshake failure")

	curve := func(id tls.CurveID) func(*tls.Config) {
		return func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{id} }
	}
	for name, id := range map[string]tls.CurveID{
		"CurveP256": tls.CurveP256, "CurveP384": tls.CurveP384, "CurveP521": tls.CurveP521, "X25519": tls.X25519,
	} {
		write(t, dir, "web.yml", section("curve_preferences: ["+name+"]"))
		if a := s.wantCodeOf(s.client(ca, curve(id)), "https", 200); a.tls != nil && a.tls.CurveID != id {
			t.Errorf("%s, want %s", a.tls.CurveID, id)
		}
		other := tls.CurveP256
		if id == other {
			other = tls.CurveP384
		}
		s.wantRefused(trust(ca, curve(other)), "handshake failure")
	}
}
