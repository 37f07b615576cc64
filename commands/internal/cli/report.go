package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

func (e *Env) Finish(err error) int {
	if err != nil {
		e.Report(e.Stderr, err)
	}
	return exitCode(err)
}

// HasFlag reports whether a line holds a flag before its first --.
func HasFlag(argv []string, name string) bool {
	for _, word := range argv {
		if word == "--" {
			return false
		}
		flag, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if strings.HasPrefix(word, "-") && flag == name {
			return true
		}
	}
	return false
}

// Report writes err for a person, a line for each error that it joins, then the hints.
func (e *Env) Report(w io.Writer, err error) {
	var hints []cmderr.Hint
	for _, leaf := range cmderr.Flatten(err) {
		if cmderr.IsReaderGone(leaf) {
			continue
		}
		fmt.Fprintf(w, "gearctl: %s\n", output.Escape(leaf.Error()))
		hints = append(hints, hintsOf(leaf)...)
	}
	e.writeHints(w, hints)
}

func hintsOf(err error) []cmderr.Hint {
	var usage *cmderr.UsageError
	var fail *cmderr.Failure
	switch {
	case errors.As(err, &usage):
		return usage.Hints
	case errors.As(err, &fail):
		return fail.Hints
	}
	return networkHint(err)
}

// networkHint says what to try when a server does not answer as one should.
func networkHint(err error) []cmderr.Hint {
	var op *wire.OpError
	var handshake *wire.TLSError
	var alert tls.AlertError // TLS 1.3 refuses a client after the handshake
	var frame *wire.FrameError
	var slow *wire.SlowError
	if text := cmderr.LimitHint(err); text != "" {
		return prose(text)
	}
	switch {
	case errors.As(err, &handshake) && handshake.PlainText:
		return prose("the server may speak plain text: gearmand built without SSL accepts --ssl and ignores it; try without --tls")
	case errors.As(err, &handshake):
		return prose("set the CA with --tls-ca FILE, the certificate's name with --tls-server-name")
	case errors.As(err, &alert):
		return prose("the server may want a client certificate: --tls-cert FILE --tls-key FILE")
	case errors.As(err, &frame) && frame.TooLarge:
		return prose("if you trust the server, raise the limit with --max-packet SIZE")
	case !errors.As(err, &op):
		return nil
	case errors.As(err, &slow):
		return prose("the server is sending, but too slowly; raise --answer-timeout " + cmderr.ShortDuration(slow.Limit) + " if that is expected")
	case errors.Is(err, wire.ErrSilent):
		return []cmderr.Hint{{Format: "it accepts connections but does not answer: busy, stopped, or not a Gearman server; %s", Args: []any{cmderr.Try("ping", "--timeout", "30s").On(op.Server)}}}
	case errors.Is(err, syscall.ECONNREFUSED):
		return prose("is gearmand running there? name another server with -s HOST:PORT or GEARCTL_SERVER")
	case op.Op == "dial" && strings.Contains(err.Error(), "no such host"):
		return prose("name the server with -s HOST:PORT")
	case errors.As(err, &frame):
		return prose("is this a Gearman server? inspect the traffic with --trace; TLS servers need --tls")
	}
	return nil
}

func prose(text string) []cmderr.Hint { return []cmderr.Hint{{Format: "%s", Args: []any{text}}} }

// writeHints writes each hint once.
func (e *Env) writeHints(w io.Writer, hints []cmderr.Hint) {
	var texts []string
	for _, h := range hints {
		if text := e.sprintf(h.Format, h.Args...); !slices.Contains(texts, text) {
			texts = append(texts, text)
			fmt.Fprintf(w, "hint: %s\n", output.Escape(text))
		}
	}
}

// WithServer names the server in an error and in its hints.
func WithServer(err error, server string) error {
	var hints []cmderr.Hint
	for _, h := range hintsOf(err) {
		hints = append(hints, h.On(server))
	}
	return &cmderr.Failure{Err: cmderr.Errorf("%s: %w", server, err), Hints: hints}
}
