// Package connect keeps connections to servers that come and go.
package connect

import (
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// Client is what an engine needs to reach servers and to report.
type Client struct {
	Log     cmderr.Log
	Now     func() time.Time
	ID      string // under which connections introduce themselves
	Dialer  *wire.Dialer
	Skipped func(errs []error, used string) // reports why used was used and not a server before it
}
