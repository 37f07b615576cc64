package webconfig

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"unicode"
)

// source is a configuration file that is read again and again. It is safe for concurrent use.
type source struct {
	path string
	log  func(format string, a ...any)

	mu       sync.Mutex
	text     []byte    // what the file held when it was good last
	known    *settings // what that said, nil before the first time
	material *material // what the files that it names held when they were good last
	tls      *tls.Config
	reason   string // why it is not good now
}

// reading is what came of reading a source once.
type reading struct {
	settings *settings   // what the file says; when err is set what it said last, nil if it never said anything good
	err      error       // why the file cannot be used
	tls      *tls.Config // for new connections, nil for plain HTTP; when tlsErr is set the last good one
	tlsErr   error       // why the certificates that it names cannot be used
}

// read reads the file, and the files that it names, as they are now. A reason why that does not work is logged when
// it is another than the last time, and so is that it works again.
func (s *source) read() reading {
	r, news := s.readLocked()
	if news != "" {
		s.log("%s", news)
	}
	return r
}

func (s *source) readLocked() (r reading, news string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.err = s.readSettings()
	r.settings = s.known
	if r.err == nil {
		r.tls, r.tlsErr = s.readTLS()
	}
	return r, s.news(r)
}

// news is what to log of a reading: nothing when that was logged before.
func (s *source) news(r reading) string {
	reason := ""
	switch {
	case r.err != nil:
		reason = fmt.Sprintf("%v; every request is refused until this is repaired", r.err)
	case r.tlsErr != nil:
		reason = fmt.Sprintf("%v; new connections are refused until this is repaired", r.tlsErr)
	}
	before := s.reason
	s.reason = reason
	switch reason {
	case before:
		return ""
	case "":
		return s.path + ": is good again"
	}
	return reason
}

// readSettings brings s.known up to date.
func (s *source) readSettings() error {
	text, err := readFile(s.path)
	if err != nil {
		return &fileError{s.path, err}
	}
	if s.known != nil && bytes.Equal(text, s.text) {
		return nil
	}
	next, err := parse(text)
	if err == nil && s.known != nil {
		err = next.asClosedAs(s.known)
	}
	if err != nil {
		return &fileError{s.path, err}
	}
	s.text, s.known, s.material = text, next, nil
	return nil
}

// readTLS brings s.tls up to date, and returns it.
func (s *source) readTLS() (*tls.Config, error) {
	if !s.known.tls.given {
		return nil, nil
	}
	m, err := s.known.tls.read(filepath.Dir(s.path))
	if err == nil && !m.equal(s.material) {
		var built *tls.Config
		if built, err = s.known.tls.build(m); err == nil {
			s.tls, s.material = built, m
		}
	}
	if err != nil {
		return s.tls, &fileError{s.path, fmt.Errorf("tls_server_config: %w", err)}
	}
	return s.tls, nil
}

// fileError is what is wrong with a configuration file, in one line.
type fileError struct {
	path string
	err  error
}

func (e *fileError) Error() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, e.path+": "+e.err.Error())
}

func (e *fileError) Unwrap() error { return e.err }
