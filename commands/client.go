package commands

import (
	"time"

	"gearctl/wire"
)

// client is what an engine needs to reach servers and to report.
type client struct {
	log     Log
	now     func() time.Time
	id      string // under which connections introduce themselves
	dialer  *wire.Dialer
	skipped func(errs []error, used string) // reports why used was used and not a server before it
}
