package wire

import (
	"errors"
	"fmt"
	"time"
)

// FrameError means that the peer violated the Gearman protocol or a limit: wrong magic, unknown type, a packet or line that
// is too long. The connection cannot be used afterwards.
type FrameError struct {
	Reason   string // contains no bytes of a workload
	TooLarge bool   // a packet exceeded MaxPacket
}

func (e *FrameError) Error() string { return e.Reason }

// ServerError is a refusal by the server: an ERROR packet, or an admin answer that begins with ERR.
type ServerError struct {
	Code string // "QUEUE_ERROR", "UNKNOWN_COMMAND", …
	Text string // the server's text; + is replaced by a space, which gearmand escapes so
}

func (e *ServerError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("server error %.100q", e.Code)
	}
	return fmt.Sprintf("server error %.100q: %.300q", e.Code, e.Text)
}

// OpError is a failed operation on a server.
type OpError struct {
	Server string // host:port
	Op     string // "dial", "status", "SUBMIT_JOB_BG", …
	Err    error
	// Safe means that no byte of the request was written, so that it can be repeated, also on another server, without being
	// executed twice.
	Safe bool
	// MaybeTLS means that the server closed a plain connection before it sent a byte, as one that expects TLS does.
	MaybeTLS bool
}

func (e *OpError) Error() string { return e.Op + " " + e.Server + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *OpError) Unwrap() error { return e.Err }

// callbackError marks an error of the caller's function, which is returned unchanged.
type callbackError struct{ error }

// Unwrap returns the error of the caller's function.
func (e callbackError) Unwrap() error { return e.error }

// fromCallback marks err, unless it is nil.
func fromCallback(err error) error {
	if err == nil {
		return nil
	}
	return callbackError{err}
}

const opDial = "dial"

// IsUnreachable reports whether err is a failed connection attempt: its name did not resolve, it was refused or timed out,
// or the TLS handshake failed.
func IsUnreachable(err error) bool {
	var op *OpError
	return errors.As(err, &op) && op.Op == opDial
}

// ErrSilent is the cause if the server sent nothing for the Dialer's Timeout.
var ErrSilent = errors.New("no answer in time")

// SlowError is the cause if an answer was not complete within the Dialer's AnswerTimeout.
type SlowError struct {
	Limit   time.Duration // the AnswerTimeout
	timeout error         // of the read or write
}

func (e *SlowError) Error() string {
	return fmt.Sprintf("the answer was not complete after %v", e.Limit)
}

// Unwrap returns the timeout error of the read or write.
func (e *SlowError) Unwrap() error { return e.timeout }

// ErrClosed is the cause if the server closed the connection while an answer was due.
var ErrClosed = errors.New("the server closed the connection")
