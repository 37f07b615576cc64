package webconfig

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
		"http_server_config: {headers: {X-Frame-Options: '', X-Content-Type-Options: , X-XSS-Protection: ''}}":                                                     false,

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
		section("curve_preferences: [CurveP256, CurveP384, CurveP521, X25519, X25519MLKEM768]"):               true,
		section("prefer_server_cipher_suites: false"):                                                         true,
	}
}

// badFiles are configurations that are refused, and why.
func badFiles() map[string]string {
	return map[string]string{
		"junk":                               "is not a mapping of keys to values",
		"- a":                                "is not a mapping of keys to values",
		"a: b: c":                            "is not YAML: mapping values are not allowed in this context",
		"{":                                  "is not YAML: line 1: did not find expected node content",
		"a: *hunter2":                        "is not YAML: an alias (a value that begins with *) names nothing; quote the value",
		"a: &hunter2 *hunter2":               "is not YAML: did not find expected key",
		"{}\n---\n{}":                        "holds more than one YAML document",
		"{}\n---\n{":                         "holds more than one YAML document",
		"users: {}":                          "users: unknown key",
		"rate_limit: {foo: }":                "rate_limit: foo: unknown key",
		"? [a]\n: b":                         "holds a key that is not a plain word",
		"~: b":                               "holds a key that is not a plain word",
		"<<: {}":                             "holds a key that is not a plain word",
		"\"a\\nb\": 1":                       `"a\nb": unknown key`,
		"rate_limit: {}\nrate_limit: {}":     "rate_limit: is given twice",
		"rate_limit: {burst: 1, 'burst': 1}": "rate_limit: burst: is given twice",
		goodHash + ": alice":                 "(not shown, it may be a secret): unknown key",

		"basic_auth_users: hunter2":                                    "basic_auth_users: is not a mapping of keys to values",
		"basic_auth_users: {john: hunter2}":                            "basic_auth_users: john: is not the bcrypt hash of a password (make one with: htpasswd -nBC 10 NAME)",
		"basic_auth_users: {john: }":                                   "basic_auth_users: john: is not the bcrypt hash of a password (make one with: htpasswd -nBC 10 NAME)",
		"basic_auth_users: {john: [" + goodHash + "]}":                 "basic_auth_users: john: is not the bcrypt hash of a password (make one with: htpasswd -nBC 10 NAME)",
		"basic_auth_users: {john: " + goodHash + "x}":                  "basic_auth_users: john: is not the bcrypt hash of a password (make one with: htpasswd -nBC 10 NAME)",
		"basic_auth_users: {john: $2y$99$" + goodHash[7:] + "}":        "basic_auth_users: john: is not the bcrypt hash of a password (make one with: htpasswd -nBC 10 NAME)",
		"basic_auth_users: {john: " + goodHash[:59] + "!}":             "basic_auth_users: john: is not the bcrypt hash of a password (make one with: htpasswd -nBC 10 NAME)",
		"basic_auth_users: {" + goodHash + ": john}":                   "basic_auth_users: (not shown, it may be a secret): is not the bcrypt hash of a password (make one with: htpasswd -nBC 10 NAME)",
		"basic_auth_users: {a: " + goodHash + ", a: " + goodHash + "}": "basic_auth_users: a: is given twice",

		"rate_limit: {interval: -1s, burst: 1}":  "rate_limit: interval: is negative",
		"rate_limit: {interval: 1s, burst: -1}":  "rate_limit: burst: is negative",
		"rate_limit: {burst: -1}":                "rate_limit: burst: is negative",
		"rate_limit: {interval: 1s}":             "rate_limit: burst: has to be 1 or more, or no request would pass",
		"rate_limit: {interval: 5}":              `rate_limit: interval: "5" is not a time such as 500ms or 1s`,
		"rate_limit: {interval: soon}":           `rate_limit: interval: "soon" is not a time such as 500ms or 1s`,
		"rate_limit: {interval: [1s]}":           "rate_limit: interval: is not a text",
		"rate_limit: {burst: '1'}":               `rate_limit: burst: "1" is not a whole number`,
		"rate_limit: {burst: 1.5}":               `rate_limit: burst: "1.5" is not a whole number`,
		"rate_limit: {burst: 99999999999999999}": `rate_limit: burst: "99999999999999999" is not a whole number`,
		"rate_limit: {burst: {}}":                "rate_limit: burst: is not a text",

		"http_server_config: [x]":                                       "http_server_config: is not a mapping of keys to values",
		"http_server_config: {http3: true}":                             "http_server_config: http3: unknown key",
		"http_server_config: {http2: maybe}":                            "http_server_config: http2: is neither true nor false",
		"http_server_config: {http2: 'true'}":                           "http_server_config: http2: is neither true nor false",
		"http_server_config: {http2: []}":                               "http_server_config: http2: is not a text",
		"http_server_config: {headers: {Content-Type: a}}":              "http_server_config: headers: Content-Type: is not a header that can be set",
		"http_server_config: {headers: {x-frame-options: deny}}":        "http_server_config: headers: x-frame-options: is not a header that can be set",
		"http_server_config: {headers: {X-Frame-Options: DENY}}":        `http_server_config: headers: X-Frame-Options: "DENY" is not deny or sameorigin`,
		"http_server_config: {headers: {X-Content-Type-Options: s}}":    `http_server_config: headers: X-Content-Type-Options: "s" is not nosniff`,
		"http_server_config: {headers: {X-XSS-Protection: [1]}}":        "http_server_config: headers: X-XSS-Protection: is not a text",
		`http_server_config: {headers: {X-XSS-Protection: "1\r\n2"}}`:   "http_server_config: headers: X-XSS-Protection: is not of one line",
		"http_server_config: {headers: {X-XSS-Protection: !!binary x}}": "http_server_config: headers: X-XSS-Protection: is not a text",

		"tls_server_config: x":                                                                                            "tls_server_config: is not a mapping of keys to values",
		"tls_server_config: {cert_filse: x}":                                                                              "tls_server_config: cert_filse: unknown key",
		"tls_server_config: {min_version: TLS13}":                                                                         "tls_server_config: cert_file: is missing, and so is cert",
		"tls_server_config: {cert_file: '', key_file: ''}":                                                                "tls_server_config: cert_file: is missing, and so is cert",
		"tls_server_config: {cert: x}":                                                                                    "tls_server_config: key_file: is missing, and so is key",
		"tls_server_config: {cert_file: server.crt, key_file: }":                                                          "tls_server_config: key_file: is missing, and so is key",
		"tls_server_config: {cert_file: [], key_file: x}":                                                                 "tls_server_config: cert_file: is not a text",
		section("cert: x"):                                                                                                "tls_server_config: cert: cert_file is given as well: only one of them can count",
		section("key: x"):                                                                                                 "tls_server_config: key: key_file is given as well: only one of them can count",
		section("cert_file: x"):                                                                                           "tls_server_config: cert_file: is given twice",
		"tls_server_config: {cert_file: no.crt, key_file: server.key}":                                                    "tls_server_config: cert_file: DIR/no.crt: no such file or directory",
		"tls_server_config: {cert_file: server.crt, key_file: no}":                                                        "tls_server_config: key_file: DIR/no: no such file or directory",
		"tls_server_config: {cert_file: server.crt, key_file: /dev/null}":                                                 "tls_server_config: key_file: /dev/null: is not a regular file",
		"tls_server_config: {cert_file: server.crt, key_file: other.key}":                                                 "tls_server_config: certificate and key: tls: private key does not match public key",
		"tls_server_config: {cert_file: server.key, key_file: server.key}":                                                "tls_server_config: certificate and key: tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
		"tls_server_config: {cert_file: server.crt, key: hunter2}":                                                        "tls_server_config: certificate and key: tls: failed to find any PEM data in key input",
		section("client_auth_type: x"):                                                                                    `tls_server_config: client_auth_type: unknown policy "x"`,
		section("client_ca_file: ca.crt"):                                                                                 "tls_server_config: client_ca: protects nothing unless client_auth_type is RequireAndVerifyClientCert",
		section("client_auth_type: RequireAndVerifyClientCert"):                                                           "tls_server_config: client_auth_type: RequireAndVerifyClientCert needs client_ca_file or client_ca, which say whose certificates count",
		section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_ca: x"):                 "tls_server_config: client_ca: client_ca_file is given as well: only one of them can count",
		section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: no.crt"):                                 "tls_server_config: client_ca_file: DIR/no.crt: no such file or directory",
		section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: server.key"):                             "tls_server_config: client_ca: holds no certificate in PEM format",
		section("client_auth_type: VerifyClientCertIfGiven", "client_ca: hunter2"):                                        "tls_server_config: client_ca: holds no certificate in PEM format",
		section("client_auth_type: VerifyClientCertIfGiven", "client_ca_file: broken.crt"):                                "tls_server_config: client_ca: certificate 2: x509: malformed certificate",
		section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_allowed_sans:"):         "tls_server_config: client_allowed_sans: holds no name, so that no client could connect",
		section("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.crt", "client_allowed_sans: [a, '']"): `tls_server_config: client_allowed_sans: unknown name ""`,
		section("client_auth_type: VerifyClientCertIfGiven", "client_allowed_sans: [a]"):                                  "tls_server_config: client_allowed_sans: protects nothing unless client_auth_type is RequireAndVerifyClientCert",
		section("client_auth_type: RequireAnyClientCert", "client_allowed_sans: [a]"):                                     "tls_server_config: client_allowed_sans: protects nothing unless client_auth_type is RequireAndVerifyClientCert",
		section("client_allowed_sans: [a]"):                                                                               "tls_server_config: client_allowed_sans: protects nothing unless client_auth_type is RequireAndVerifyClientCert",
		section("min_version: TLS111"):                                                                                    `tls_server_config: min_version: unknown TLS version "TLS111"`,
		section("max_version: 1.2"):                                                                                       `tls_server_config: max_version: unknown TLS version "1.2"`,
		section("min_version: TLS13", "max_version: TLS12"):                                                               "tls_server_config: min_version: TLS 1.3 is over max_version TLS 1.2",
		section("max_version: TLS11"):                                                                                     "tls_server_config: min_version: TLS 1.2 is over max_version TLS 1.1",
		section("cipher_suites: [X]"):                                                                                     `tls_server_config: cipher_suites: unknown cipher "X"`,
		section("cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]"):                                                              `tls_server_config: cipher_suites: unknown cipher "TLS_RSA_WITH_RC4_128_SHA"`,
		section("cipher_suites: X"):                                                                                       "tls_server_config: cipher_suites: is not a list",
		section("cipher_suites: [[X]]"):                                                                                   "tls_server_config: cipher_suites: an entry is not a text",
		section("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]"):                                                 "tls_server_config: cipher_suites: HTTP/2 needs TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; add one, or set http2: false in http_server_config",
		section("curve_preferences: [CurveP257]"):                                                                         `tls_server_config: curve_preferences: unknown curve "CurveP257"`,
		section("prefer_server_cipher_suites: x"):                                                                         "tls_server_config: prefer_server_cipher_suites: is neither true nor false",
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
	dir, ca, p := configDir(t)
	for text, byTLS := range goodFiles(ca, p) {
		write(t, dir, "web.yml", text)
		c, err := Load(filepath.Join(dir, "web.yml"), nil)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
		} else if c.TLS() != byTLS {
			t.Errorf("TLS %v, want %v\n%s", c.TLS(), byTLS, text)
		}
	}
}

func TestLoadBad(t *testing.T) {
	dir, _, _ := configDir(t)
	path := filepath.Join(dir, "web.yml")
	for text, reason := range badFiles() {
		write(t, dir, "web.yml", text)
		want := path + ": " + strings.ReplaceAll(reason, "DIR", dir)
		if _, err := Load(path, nil); fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %s\n%s", err, want, text)
		} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "$2y") {
			t.Errorf("tells a secret: %v", err)
		}
	}
}

// TestLoadPath is about the file itself.
func TestLoadPath(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "large", strings.Repeat("#", largestFile+1))
	pipe := filepath.Join(dir, "pipe") // which nobody writes: opening it must not wait
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                          ": no such file or directory",
		filepath.Join(dir, "none"):  filepath.Join(dir, "none") + ": no such file or directory",
		filepath.Join(dir, "a\nb"):  filepath.Join(dir, "a b") + ": no such file or directory",
		dir:                         dir + ": is not a regular file",
		pipe:                        pipe + ": is not a regular file",
		os.DevNull:                  os.DevNull + ": is not a regular file",
		filepath.Join(dir, "large"): filepath.Join(dir, "large") + ": is larger than 4 MiB",
	} {
		if _, err := Load(path, nil); fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// FuzzParse: no text makes the reader fail badly, a text always means the same, an error is of one line, and what is
// accepted protects as much as itself.
func FuzzParse(f *testing.F) {
	for text := range goodFiles(&authority{}, pair{}) {
		f.Add([]byte(text))
	}
	for text := range badFiles() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := parse(b)
		second, again := parse(b)
		if fmt.Sprint(err) != fmt.Sprint(again) || err == nil && fmt.Sprint(*first) != fmt.Sprint(*second) {
			t.Fatalf("once %+v, %v, then %+v, %v", first, err, second, again)
		}
		switch {
		case err != nil:
			if text := err.Error(); strings.ContainsAny(text, "\n\r") || strings.Contains(text, goodHash) {
				t.Fatalf("%q", text)
			}
		case first.asClosedAs(second) != nil:
			t.Fatal(first.asClosedAs(second))
		}
	})
}
