package wire

import (
	"errors"
	"fmt"
	"time"
)

// FrameError says that the peer sent bytes that are not the Gearman protocol: a wrong magic, an unknown type, a
// size over the limit, a line without end. The connection cannot be used after it.
type FrameError struct {
	Reason   string // what was wrong, without bytes of a workload
	TooLarge bool   // a packet over the limit; a higher MaxPacket may help
}

func (e *FrameError) Error() string { return e.Reason }

// ServerError is an answer by which a server refuses: a binary ERROR packet or an admin line that begins with ERR.
type ServerError struct {
	Code string // "QUEUE_ERROR", "UNKNOWN_COMMAND", …
	Text string // the server's words, + replaced by blanks as gearmand escapes them
}

func (e *ServerError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("server error %.100q", e.Code)
	}
	return fmt.Sprintf("server error %.100q: %.300q", e.Code, e.Text)
}

// OpError is an operation on a server that failed.
type OpError struct {
	Server string // host:port
	Op     string // "dial", "status", "SUBMIT_JOB_BG", …
	Err    error
	// Safe is true when not a byte of the request left this process, so that it may be sent again, here or to
	// another server, without being done twice.
	Safe bool
}

func (e *OpError) Error() string { return e.Op + " " + e.Server + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *OpError) Unwrap() error { return e.Err }

// callbackError marks an error of a function that the caller gave, which goes back to it as it is.
type callbackError struct{ error }

// fromCallback marks err, unless it is nil.
func fromCallback(err error) error {
	if err == nil {
		return nil
	}
	return callbackError{err}
}

const opDial = "dial"

// IsUnreachable reports whether err says that a server could not be reached at all: its name did not resolve, it
// refused the connection, did not accept it in time or failed the TLS handshake.
func IsUnreachable(err error) bool {
	var op *OpError
	return errors.As(err, &op) && op.Op == opDial
}

// ErrSilent is the cause when a server accepted the connection and did not answer in time.
var ErrSilent = errors.New("no answer in time")

// SlowError is the cause when an answer came, but not to its end within the Dialer's AnswerTimeout.
type SlowError struct {
	Limit   time.Duration // that AnswerTimeout
	timeout error         // of the read or write
}

func (e *SlowError) Error() string {
	return fmt.Sprintf("the answer was not complete after %v", e.Limit)
}

// Unwrap returns the time-out of the read or write.
func (e *SlowError) Unwrap() error { return e.timeout }

// ErrClosed is the cause when the server closed the connection where an answer was due.
var ErrClosed = errors.New("the server closed the connection")
