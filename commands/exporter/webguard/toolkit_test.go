package webguard

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestToolkitExamples: files like those that the toolkit is tested with are served and refused as by the toolkit itself,
// but for those that it serves although they protect nothing or let nobody in.
func TestToolkitExamples(t *testing.T) {
	t.Parallel()
	dir, ca, p := configDir(t)
	write(t, dir, "empty", "")
	optional := "client_auth_type: VerifyClientCertIfGiven"
	all := `
    - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
    - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
    - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
    - TLS_AES_128_GCM_SHA256
    - TLS_AES_256_GCM_SHA384
    - TLS_CHACHA20_POLY1305_SHA256`
	users := "basic_auth_users:\n  ann: " + goodHash + "\n  ben: " + strings.Replace(goodHash, "$04$", "$18$", 1) + "\n"
	const served = ""
	for _, test := range [][2]string{
		{section(), served},
		{section(optional), served},
		{section("client_auth_type: RequireAnyClientCert"), served},
		{section(`client_auth_type: "RequireAndVerifyClientCert"`, `client_ca_file: "ca.crt"`), served},
		{section(`client_auth_type: "RequireAndVerifyClientCert"`, `client_ca_file: "ca.crt"`, "client_allowed_sans:\n    - a\n    - b"), served},
		{"tls_server_config:\n  cert_file: server.crt\n  client_auth_type: RequireAnyClientCert\n  key: " + indented(p.key) + "\n", served},
		{"tls_server_config:\n  cert: " + indented(p.cert) + "\n  key: " + indented(p.key) + "\n", served},
		{section("client_auth_type: RequireAndVerifyClientCert", "client_ca: "+indented(ca.pem)), served},
		{section(optional, "cipher_suites:"+all), served},
		{section(optional, "cipher_suites:\n  - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "min_version: TLS12", "max_version: TLS12"), served},
		{section("prefer_server_cipher_suites: false", "max_version: TLS12"), served},
		{section(optional, "min_version: TLS13", "curve_preferences:\n  - CurveP521"), served},
		{section("curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]"), served},
		{section("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]", "max_version: TLS12") + "http_server_config:\n  http2: false\n", served},
		{section() + users, served},
		{users, served},
		{"", served},
		{"rate_limit:\n  interval: 0\n  burst: 0\n", served},
		{"http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-Content-Type-Options: nosniff\n    X-XSS-Protection: 1\n" +
			"    Strict-Transport-Security: max-age=86400\n    Content-Security-Policy: \"default-src 'self' *.example.net\"\n", served},

		{section("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]", "max_version: TLS12"), "HTTP/2-required"},
		{section("client_ca_file: no.crt"), "no such file"},
		{section("client_ca_file: /dev/null"), "not a regular file"},
		{section("cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_512_GCM_SHA1024]"), "unknown cipher"},
		{section("curve_preferences: [CurveP255]"), "unknown curve"},
		{section("min_version: TLS14"), "unknown TLS version"},
		{section() + "basic_auth_users:\n  ann: plain\n", "ann: is not the bcrypt hash"},
		{"tls_server_config:\n  cert_fiel: server.crt\n", "cert_fiel not found"},
		{"tls_server_config:\n  cert_file: ''\n  key_file: server.key\n", "missing one of cert"},
		{"tls_server_config:\n  cert_file: no.crt\n  key_file: server.key\n", "no such file"},
		{"tls_server_config:\n  cert_file: ''\n  key_file: ''\n  client_auth_type: x\n", "missing one of cert"},
		{"tls_server_config:\n  cert_file: no.crt\n  key_file: no.key\n", "no such file"},
		{"tls_server_config:\n  cert: ''\n  key_file: server.key\n", "missing one of cert"},
		{"tls_server_config:\n  cert_file: server.crt\n  key_file: ''\n", "missing one of key"},
		{"tls_server_config:\n  cert_file: server.crt\n  key_file: no.key\n", "no such file"},
		{"tls_server_config:\n  cert_file: server.crt\n  key: ''\n", "missing one of key"},
		{"http_server_config:\n  headers:\n    X-Content-Type-Options: sniff\n", "invalid value"},
		{"http_server_config:\n  headers:\n    X-Frame-Options: allow\n", "invalid value"},
		{"http_server_config:\n  headers:\n    Server: x\n", "can not be configured"},
		{strings.Repeat("q8Zr2LmA\n", 20), "cannot unmarshal"},

		// the toolkit serves these
		{section("client_auth_type: RequireAndVerifyClientCert"), "needs client_ca_file"},
		{section("client_auth_type: RequireAnyClientCert", "client_ca_file: ca.crt"), "protects nothing"},
		{section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: empty"), "is empty"},
		{"rate_limit:\n  interval: 1s\n  burst: 0\n", "no request would pass"},
	} {
		write(t, dir, "web.yml", test[0])
		_, err := New(filepath.Join(dir, "web.yml"), nil, nil)
		if (err == nil) != (test[1] == served) || err != nil && !strings.Contains(err.Error(), test[1]) {
			t.Errorf("got  %v\nwant %q\n%s", err, test[1], test[0])
		}
	}
}
