package webconfig

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Config is a web configuration file that was good when it was loaded.
type Config struct {
	source    *source
	tls       bool
	limiter   limiter
	passwords *passwords
}

// Load reads and checks the web configuration file at path, and the certificates, the key and the client authorities
// that it names. The error is of one line, names file, key and cause, and holds no hash, key or password. Paths in the
// file are relative to its directory. An empty file is good: plain HTTP without passwords.
//
// While it is served, log is told once why the file is not good, and when it is good again.
func Load(path string, log func(format string, a ...any)) (*Config, error) {
	s := &source{path: path, log: func(string, ...any) {}}
	r := s.read()
	if err := errors.Join(r.err, r.tlsErr); err != nil {
		return nil, err
	}
	s.log = log
	return &Config{source: s, tls: r.tls != nil, passwords: newPasswords()}, nil
}

// TLS reports whether it is served by TLS, with https: URLs.
func (c *Config) TLS() bool { return c.tls }

// settings are what the file itself says; the files that it names are not read yet.
type settings struct {
	tls   tlsSettings
	http  httpSettings
	users users
	limit rateLimit
}

// parse reads the text of a web configuration file and checks all that can be checked without other files.
func parse(b []byte) (*settings, error) {
	s := &settings{tls: tlsSettings{min: tls.VersionTLS12, max: tls.VersionTLS13}, http: httpSettings{http2: true}}
	root, err := document(b)
	if err != nil || root == nil {
		return s, err
	}
	if err := fields(root, s.set); err != nil {
		return nil, err
	}
	if err := s.tls.check(s.http.http2); err != nil {
		return nil, fmt.Errorf("tls_server_config: %w", err)
	}
	if err := s.limit.check(); err != nil {
		return nil, fmt.Errorf("rate_limit: %w", err)
	}
	return s, nil
}

func (s *settings) set(key string, value *yaml.Node) error {
	switch key {
	case "tls_server_config":
		return fields(value, s.tls.set)
	case "http_server_config":
		return fields(value, s.http.set)
	case "basic_auth_users":
		return fields(value, s.users.set)
	case "rate_limit":
		return fields(value, s.limit.set)
	}
	return errUnknownKey()
}

// document returns the root of the only document of b, and nil when there is none. A second document is an error,
// because what it holds would not count.
func document(b []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(b))
	var doc, second yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, syntaxError(err)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one YAML document")
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// syntaxError tells where b is not YAML. Only the name of an anchor, which may be a password that begins with *, comes
// from the file in the reader's message.
func syntaxError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if strings.Contains(text, "anchor") {
		text = "an alias (a value that begins with *) names nothing; quote the value"
	}
	return fmt.Errorf("is not YAML: %s", text)
}
