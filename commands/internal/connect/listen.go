package connect

import (
	"errors"
	"net"
)

// ListenCause returns the cause of a net.Listen error without the address, which the caller's message has.
func ListenCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
