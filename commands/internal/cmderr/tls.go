package cmderr

import (
	"errors"

	"gearctl/wire"
)

// TLSHint says what to try if, by err, one side speaks TLS and the other plain text; "" if err is not about that.
func TLSHint(err error) string {
	var handshake *wire.TLSError
	var op *wire.OpError
	switch {
	case errors.As(err, &handshake) && handshake.PlainText:
		return "the server may speak plain text: gearmand built without SSL accepts --ssl and ignores it; try without --tls"
	case errors.As(err, &op) && op.MaybeTLS:
		return "a server that expects TLS closes plain connections like this: --tls"
	}
	return ""
}
