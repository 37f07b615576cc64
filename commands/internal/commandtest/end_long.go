//go:build soak || bench

package commandtest

import "time"

// endTime is how long a command may take in series of many jobs.
const endTime = 30 * time.Minute
