package webguard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// goodHash is the hash of a password, of cost 4.
const goodHash = "$2y$04$abcdefghijklmnopqrstuuK3gT/iYsNPSwLCYGg3Y9Z8RZ2s9Q9Qe"

// section is a TLS section with a certificate, and more lines.
func section(lines ...string) string {
	return "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  " + strings.Join(lines, "\n  ") + "\n"
}

// indented is a text as a block of YAML, four deep.
func indented(text string) string {
	return "|\n    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}

// goodFiles are configurations that are served, and whether by TLS.
func goodFiles(ca *authority, p pair) map[string]bool {
	return map[string]bool{
		"":                                     false,
		"# nothing\n":                          false,
		"---\n":                                false,
		"{}":                                   false,
		"tls_server_config:\n":                 false,
		"tls_server_config: {}\n":              false,
		"http_server_config:\n":                false,
		"basic_auth_users:\n":                  false,
		"basic_auth_users: {}\n":               false,
		"rate_limit:\n":                        false,
		"rate_limit: {interval: 0, burst: 0}":  false,
		"rate_limit: {interval: 1s, burst: 3}": false,
		"rate_limit: {interval: '1.5s', burst: 0x10}":                                                    false,
		"rate_limit: {burst: 3}":                                                                         false,
		"basic_auth_users:\n  alice: " + goodHash + "\n  bob: '" + goodHash + "'\n":                      false,
		"basic_auth_users: {1234: " + goodHash + ", yes: " + goodHash + "}\n":                            false,
		"basic_auth_users:\n  a: &h " + goodHash + "\n  b: *h\n":                                         false,
		"http_server_config: {http2: false}":                                                             false,
		"http_server_config: {http2: on, headers: {}}":                                                   false,
		"http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-XSS-Protection: 1\n":          false,
		"http_server_config:\n  headers: {X-Frame-Options: sameorigin, X-Content-Type-Options: nosniff}": false,
		"http_server_config:\n  headers:\n    Strict-Transport-Security: max-age=1; includeSubDomains\n    Content-Security-Policy: |\n      default-src 'self'\n": false,

		// what opens nothing: no password has such a hash, no limit was asked for, a header is sent as one line
		"<<: {}": false,
		"basic_auth_users: {john: " + goodHash + "x}":                 false,
		"basic_auth_users: {john: " + goodHash[:59] + "!}":            false,
		"rate_limit: {burst: -1}":                                     false,
		"rate_limit: {burst: 1.5}":                                    false,
		"rate_limit: {burst: 99999999999999999}":                      false,
		`http_server_config: {headers: {X-XSS-Protection: "1\r\n2"}}`: false,

		// the file counts, and so do those certificates of an authority that can be read
		section("cert: x"): true,
		section("key: x"):  true,
		section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_ca: x"): true,
		section("client_auth_type: VerifyClientCertIfGiven", "client_ca_file: broken.crt"):                true,

		section(): true,
		section("cipher_suites:", "curve_preferences:", "client_auth_type:", "client_ca:", "min_version:"): true,
		"tls_server_config:\n  cert: " + indented(p.cert) + "\n  key: " + indented(p.key) + "\n":           true,
		"tls_server_config:\n  cert_file: server.crt\n  key: " + indented(p.key) + "\n":                    true,
		section("client_auth_type: NoClientCert"):                                                          true,
		section("client_auth_type: RequestClientCert"):                                                     true,
		section("client_auth_type: RequireAnyClientCert"):                                                  true,
		section("client_auth_type: RequireClientCert"):                                                     true,
		section("client_auth_type: VerifyClientCertIfGiven"):                                               true,
		section("client_auth_type: VerifyClientCertIfGiven", "client_ca_file: ca.crt"):                     true,
		section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt"):                  true,
		section("client_auth_type: RequireAndVerifyClientCert", "client_ca: "+indented(ca.pem)):            true,
		section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt",
			"client_allowed_sans: [a, 'b@c', 10.1.2.3]"): true,
		section("min_version: TLS10", "max_version: TLS11", "cipher_suites: []"):                              true,
		section("min_version: TLS12", "max_version: TLS12"):                                                   true,
		section("min_version: TLS13", "cipher_suites: [TLS_AES_128_GCM_SHA256]"):                              true,
		section("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]"):                                     true,
		section("cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]"):                                   true,
		section("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]") + "http_server_config: {http2: no}": true,
		section("curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]"):                               true,
		section("prefer_server_cipher_suites: false"):                                                         true,
	}
}

// badFiles are configurations that are refused, and why.
func badFiles() [][2]string {
	return [][2]string{
		{"junk", "yaml: unmarshal errors: line 1: cannot unmarshal !!str (not shown)"},
		{"- a", "yaml: unmarshal errors: line 1: cannot unmarshal !!seq"},
		{"a: b: c", "yaml: mapping values are not allowed in this context"},
		{"{", "yaml: line 1: did not find expected node content"},
		{"a: *hunter2", "yaml: unknown (not shown) referenced"},
		{"a: &hunter2 *hunter2", "yaml: did not find expected key"},
		{"{}\n---\n{}", "holds more than one YAML document"},
		{"{}\n---\n{", "holds more than one YAML document"},
		{"users: {}", "yaml: unmarshal errors: line 1: field users not found"},
		{"rate_limit: {foo: }", "yaml: unmarshal errors: line 1: field foo not found"},
		{"? [a]\n: b", "yaml: unmarshal errors: line 1: cannot unmarshal !!seq into string"},
		{"~: b", "yaml: unmarshal errors: line 1: field not found"},
		{"\"a\\nb\": 1", "yaml: unmarshal errors: line 1: field a b not found"},
		{"rate_limit: {}\nrate_limit: {}", "yaml: unmarshal errors: line 2: field rate_limit already set"},
		{"rate_limit: {burst: 1, 'burst': 1}", "yaml: unmarshal errors: line 1: field burst already set"},
		{goodHash + ": alice", "yaml: unmarshal errors: line 1: field (not shown) not found"},

		{"basic_auth_users: hunter2", "yaml: unmarshal errors: line 1: cannot unmarshal !!str (not shown)"},
		{"basic_auth_users: {john: hunter2}", "basic_auth_users: john: is not the bcrypt hash of a password (htpasswd -nBC 10 NAME makes one)"},
		{"basic_auth_users: {john: }", "basic_auth_users: john: is not the bcrypt hash of a password (htpasswd -nBC 10 NAME makes one)"},
		{"basic_auth_users: {john: [" + goodHash + "]}", "yaml: unmarshal errors: line 1: cannot unmarshal !!seq"},
		{"basic_auth_users: {john: $2y$99$" + goodHash[7:] + "}", "basic_auth_users: john: is not the bcrypt hash of a password (htpasswd -nBC 10 NAME makes one)"},
		{"basic_auth_users: {" + goodHash + ": john}", "basic_auth_users: (not shown) is not the bcrypt hash of a password (htpasswd -nBC 10 NAME makes one)"},
		{"basic_auth_users: {a: " + goodHash + ", a: " + goodHash + "}", `yaml: unmarshal errors: line 1: key "a" already set in map`},

		{"rate_limit: {interval: -1s, burst: 1}", "rate_limit: interval: is negative or lacks its unit, as in 1s"},
		{"rate_limit: {interval: 1s, burst: -1}", "rate_limit: burst: has to be 1 or more, or no request would pass"},
		{"rate_limit: {interval: 1s}", "rate_limit: burst: has to be 1 or more, or no request would pass"},
		{"rate_limit: {interval: 5}", "rate_limit: interval: is negative or lacks its unit, as in 1s"},
		{"rate_limit: {interval: soon}", "yaml: unmarshal errors: line 1: cannot unmarshal !!str (not shown)"},
		{"rate_limit: {interval: [1s]}", "yaml: unmarshal errors: line 1: cannot unmarshal !!seq"},
		{"rate_limit: {burst: '1'}", "yaml: unmarshal errors: line 1: cannot unmarshal !!str (not shown) into int"},
		{"rate_limit: {burst: {}}", "yaml: unmarshal errors: line 1: cannot unmarshal !!map into int"},

		{"http_server_config: [x]", "yaml: unmarshal errors: line 1: cannot unmarshal !!seq"},
		{"http_server_config: {http3: true}", "yaml: unmarshal errors: line 1: field http3 not found"},
		{"http_server_config: {http2: maybe}", "yaml: unmarshal errors: line 1: cannot unmarshal !!str (not shown) into bool"},
		{"http_server_config: {http2: 'true'}", "yaml: unmarshal errors: line 1: cannot unmarshal !!str (not shown) into bool"},
		{"http_server_config: {http2: []}", "yaml: unmarshal errors: line 1: cannot unmarshal !!seq into bool"},
		{"http_server_config: {headers: {Content-Type: a}}", `HTTP header "Content-Type" can not be configured`},
		{"http_server_config: {headers: {x-frame-options: deny}}", `HTTP header "x-frame-options" can not be configured`},
		{"http_server_config: {headers: {X-Frame-Options: DENY}}", `invalid value for X-Frame-Options. Expected one of: ["deny" "sameorigin"], but got: "DENY"`},
		{"http_server_config: {headers: {X-Content-Type-Options: s}}", `invalid value for X-Content-Type-Options. Expected one of: ["nosniff"], but got: "s"`},
		{"http_server_config: {headers: {X-XSS-Protection: [1]}}", "yaml: unmarshal errors: line 1: cannot unmarshal !!seq into string"},
		{"http_server_config: {headers: {X-XSS-Protection: !!binary x}}", "yaml: !!binary value contains invalid base64 data"},

		{"http_server_config: {headers: {X-Frame-Options: ''}}", `invalid value for X-Frame-Options. Expected one of: ["deny" "sameorigin"], but got: ""`},
		{section("curve_preferences: [X25519MLKEM768]"), "unknown curve: X25519MLKEM768"},

		{"tls_server_config: x", "yaml: unmarshal errors: line 1: cannot unmarshal !!str (not shown)"},
		{"tls_server_config: {cert_filse: x}", "yaml: unmarshal errors: line 1: field cert_filse not found"},
		{"tls_server_config: {min_version: TLS13}", "tls_server_config: has no cert_file, so nothing would be encrypted"},
		{"tls_server_config: {cert_file: '', key_file: ''}", "tls_server_config: has no cert_file, so nothing would be encrypted"},
		{"tls_server_config: {cert: x}", "tls_server_config: missing one of key or key_file"},
		{"tls_server_config: {cert_file: server.crt, key_file: }", "tls_server_config: missing one of key or key_file"},
		{"tls_server_config: {cert_file: [], key_file: x}", "yaml: unmarshal errors: line 1: cannot unmarshal !!seq into string"},
		{section("cert_file: x"), "yaml: unmarshal errors: line 4: field cert_file already set"},
		{"tls_server_config: {cert_file: no.crt, key_file: server.key}", "tls_server_config: DIR/no.crt: no such file or directory"},
		{"tls_server_config: {cert_file: server.crt, key_file: no}", "tls_server_config: DIR/no: no such file or directory"},
		{"tls_server_config: {cert_file: server.crt, key_file: /dev/null}", "tls_server_config: /dev/null: not a regular file"},
		{"tls_server_config: {cert_file: server.crt, key_file: other.key}", "tls_server_config: failed to load X509KeyPair: tls: private key does not match public key"},
		{"tls_server_config: {cert_file: server.key, key_file: server.key}", "tls_server_config: failed to load X509KeyPair: tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"},
		{"tls_server_config: {cert_file: server.crt, key: hunter2}", "tls_server_config: failed to load X509KeyPair: tls: failed to find any PEM data in key input"},
		{section("client_auth_type: x"), "tls_server_config: invalid ClientAuth: x"},
		{section("client_ca_file: ca.crt"), "client_ca: protects nothing unless client_auth_type is RequireAndVerifyClientCert"},
		{section("client_auth_type: RequireAndVerifyClientCert"), "client_auth_type: RequireAndVerifyClientCert needs client_ca_file or client_ca"},
		{section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: no.crt"), "tls_server_config: DIR/no.crt: no such file or directory"},
		{section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: server.key"), "client_ca: holds no certificate in PEM format"},
		{section("client_auth_type: VerifyClientCertIfGiven", "client_ca: hunter2"), "client_ca: holds no certificate in PEM format"},
		{section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_allowed_sans:"), "client_allowed_sans: lacks a name"},
		{section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_allowed_sans: [a, '']"), "client_allowed_sans: lacks a name"},
		{section("client_auth_type: VerifyClientCertIfGiven", "client_allowed_sans: [a]"), "client_allowed_sans: protects nothing unless client_auth_type is RequireAndVerifyClientCert"},
		{section("client_auth_type: RequireAnyClientCert", "client_allowed_sans: [a]"), "client_allowed_sans: protects nothing unless client_auth_type is RequireAndVerifyClientCert"},
		{section("client_allowed_sans: [a]"), "client_allowed_sans: protects nothing unless client_auth_type is RequireAndVerifyClientCert"},
		{section("min_version: TLS111"), "unknown TLS version: TLS111"},
		{section("max_version: 1.2"), "unknown TLS version: 1.2"},
		{section("min_version: TLS13", "max_version: TLS12"), "min_version: is over max_version"},
		{section("max_version: TLS11"), "min_version: is over max_version"},
		{section("cipher_suites: [X]"), "unknown cipher: X"},
		{section("cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]"), "unknown cipher: TLS_RSA_WITH_RC4_128_SHA"},
		{section("cipher_suites: X"), "yaml: unmarshal errors: line 4: cannot unmarshal !!str (not shown)"},
		{section("cipher_suites: [[X]]"), "yaml: unmarshal errors: line 4: cannot unmarshal !!seq into string"},
		{section("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]"), "http2: TLSConfig.CipherSuites is missing an HTTP/2-required AES_128_GCM_SHA256 cipher (need at least one of TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)"},
		{section("curve_preferences: [CurveP257]"), "unknown curve: CurveP257"},
		{section("prefer_server_cipher_suites: x"), "yaml: unmarshal errors: line 4: cannot unmarshal !!str (not shown) into bool"},
	}
}

// configDir is a directory with the files that goodFiles and badFiles name.
func configDir(t *testing.T) (dir string, ca *authority, p pair) {
	dir, ca = t.TempDir(), newAuthority(t)
	p = ca.issue(t, 2)
	write(t, dir, "ca.crt", ca.pem)
	write(t, dir, "broken.crt", ca.pem+pemOf("CERTIFICATE", []byte("broken")))
	write(t, dir, "server.crt", p.cert)
	write(t, dir, "server.key", p.key)
	write(t, dir, "other.key", ca.issue(t, 3).key)
	return dir, ca, p
}

func TestLoadGood(t *testing.T) {
	t.Parallel()
	dir, ca, p := configDir(t)
	for text, byTLS := range goodFiles(ca, p) {
		write(t, dir, "web.yml", text)
		g, err := New(filepath.Join(dir, "web.yml"), nil, nil)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
		} else if g.TLS() != byTLS {
			t.Errorf("TLS %v, want %v\n%s", g.TLS(), byTLS, text)
		}
	}
}

func TestLoadBad(t *testing.T) {
	t.Parallel()
	dir, _, _ := configDir(t)
	path := filepath.Join(dir, "web.yml")
	for _, bad := range badFiles() {
		text, reason := bad[0], bad[1]
		write(t, dir, "web.yml", text)
		want := path + ": " + strings.ReplaceAll(reason, "DIR", dir)
		if _, err := New(path, nil, nil); fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %s\n%s", err, want, text)
		} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "$2y") {
			t.Errorf("tells a secret: %v", err)
		}
	}
}

// TestLoadPath is about the file itself.
func TestLoadPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "large", strings.Repeat("#", 4<<20+1))
	pipe := filepath.Join(dir, "pipe") // which nobody writes: opening it must not wait
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                          ": no such file or directory",
		filepath.Join(dir, "none"):  filepath.Join(dir, "none") + ": no such file or directory",
		filepath.Join(dir, "a\nb"):  filepath.Join(dir, "a b") + ": no such file or directory",
		dir:                         dir + ": not a regular file",
		pipe:                        pipe + ": not a regular file",
		os.DevNull:                  os.DevNull + ": not a regular file",
		filepath.Join(dir, "large"): filepath.Join(dir, "large") + ": over 4194304 bytes",
	} {
		if _, err := New(path, nil, nil); fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
