package commandtest

import (
	"os"

	"gearctl/commands"
)

// The documented exit codes of gearctl.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitUnreachable = 3
	ExitPartial     = 4
	ExitNotReached  = 5
	ExitInterrupted = 130
)

// The exit codes of plugins, used by check and health.
const (
	StateOK       = 0
	StateWarning  = 1
	StateCritical = 2
	StateUnknown  = 3
)

// StateName returns the name of a plugin's exit code.
func StateName(code int) string { return []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}[code] }

// Interrupted is the cause of a context that SIGINT ended.
var Interrupted = commands.Stopped(os.Interrupt)
