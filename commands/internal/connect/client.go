// Package connect keeps connections to servers and re-establishes them after outages.
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
	ID      string // client ID sent on every connection
	Dialer  *wire.Dialer
	OneLine func(error) string              // the text of an error with its hints
	Skipped func(errs []error, used string) // reports the errors of the servers tried before used
}
