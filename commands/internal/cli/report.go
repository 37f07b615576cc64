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
	"gearctl/wire"
)

// Report writes err for a person, a line for each error that it joins, then the hints.
func (e *Env) Report(w io.Writer, err error) {
	for _, leaf := range cmderr.Flatten(err) {
		if !cmderr.IsReaderGone(leaf) {
			fmt.Fprintf(w, "gearctl: %s\n", e.Printable(leaf.Error()))
		}
	}
	e.ReportHints(w, err)
}

// ReportHints writes the hints of err, each once.
func (e *Env) ReportHints(w io.Writer, err error) {
	written := map[string]bool{}
	for _, leaf := range cmderr.Flatten(err) {
		for _, h := range hintsOf(leaf) {
			text := e.sprintf(h.Format, h.Args...)
			if !written[text] {
				written[text] = true
				fmt.Fprintf(w, "hint: %s\n", e.Printable(text))
			}
		}
	}
}

// OneLine returns the text of err on one line, with the hints that an engine gave it, and those about TLS, in brackets.
func (e *Env) OneLine(err error) string {
	var hints []string
	add := func(hint string) {
		if hint != "" && !slices.Contains(hints, hint) {
			hints = append(hints, hint)
		}
	}
	for _, leaf := range cmderr.Flatten(err) {
		var fail *cmderr.Failure
		if errors.As(leaf, &fail) {
			for _, h := range fail.Hints {
				add(e.sprintf(h.Format, h.Args...))
			}
		}
		add(cmderr.TLSHint(leaf))
	}
	return cmderr.OneLine(err) + cmderr.InBrackets(strings.Join(hints, "; "))
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

// networkHint returns what to try when a server fails or answers with what is no answer.
func networkHint(err error) []cmderr.Hint {
	var op *wire.OpError
	var handshake *wire.TLSError
	var alert tls.AlertError // TLS 1.3 refuses a client after the handshake
	var frame *wire.FrameError
	var slow *wire.SlowError
	if text := cmderr.LimitHint(err); text != "" {
		return prose(text)
	}
	if text := cmderr.TLSHint(err); text != "" {
		return prose(text)
	}
	switch {
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
		return prose("check the host name")
	case errors.As(err, &frame):
		return prose("is this a Gearman server? inspect the traffic with --trace; TLS servers need --tls")
	}
	return nil
}

func prose(text string) []cmderr.Hint { return []cmderr.Hint{{Format: "%s", Args: []any{text}}} }

// WithServer names the server in an error and in its hints.
func WithServer(err error, server string) error {
	var hints []cmderr.Hint
	for _, h := range hintsOf(err) {
		hints = append(hints, h.On(server))
	}
	return &cmderr.Failure{Err: cmderr.Errorf("%s: %w", server, err), Hints: hints}
}
