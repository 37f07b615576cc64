package connect

import (
	"errors"
	"net"
)

// ListenCause returns the cause of an error of net.Listen, without the address, which the caller's message names.
func ListenCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
