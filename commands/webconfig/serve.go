package webconfig

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
)

// Serve answers requests on l by s as the configuration says, until s is shut down, and returns http.ErrServerClosed
// then. It closes l. Each s is for one call: Serve wraps its Handler and sets its TLSConfig. Any number of servers may
// share a configuration, its rate limit and its passwords.
//
// The file is read again for every request and every new TLS connection, and so are the files that it names. While
// they are not good, or protect less than before, requests are answered with status 500 and new connections fail.
// Certificates that are not good concern new connections only. A client whose certificate would not do any more loses
// its connection at its next request.
func (c *Config) Serve(l net.Listener, s *http.Server) error {
	next := s.Handler
	if next == nil {
		next = http.DefaultServeMux
	}
	s.Handler = &guard{config: c, next: next}
	s.DisableGeneralOptionsHandler = true // or "OPTIONS *" would be answered before the handler sees it
	if !c.tls {
		return s.Serve(l)
	}
	s.TLSConfig = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		return c.source.forConnection(s, hello)
	}}
	return s.ServeTLS(l, "", "")
}

// forConnection returns the TLS configuration for a new connection to server. The reason for an error went to the log.
func (s *source) forConnection(server *http.Server, hello *tls.ClientHelloInfo) (*tls.Config, error) {
	now := s.read()
	if now.err != nil || now.tlsErr != nil || now.tls == nil {
		return nil, errors.New("the web configuration is not good")
	}
	c := now.tls.Clone()
	c.NextProtos = []string{"http/1.1"}
	if now.settings.http.http2 && server.TLSNextProto["h2"] != nil && canHTTP2(c, hello) {
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	return c, nil
}

// canHTTP2 reports whether the TLS version will be one that HTTP/2 is allowed with.
func canHTTP2(c *tls.Config, hello *tls.ClientHelloInfo) bool {
	return slices.ContainsFunc(hello.SupportedVersions, func(v uint16) bool {
		return (v == tls.VersionTLS12 || v == tls.VersionTLS13) && c.MinVersion <= v && v <= c.MaxVersion
	})
}
