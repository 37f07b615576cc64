//go:build !soak && !bench

package commandtest

import "gearctl/commands/internal/servertest"

// endTime is how long a command may take that should come to its end by itself, or after it was interrupted.
const endTime = 2 * servertest.Timeout
