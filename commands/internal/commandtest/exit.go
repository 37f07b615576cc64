package commandtest

import (
	"os"

	"gearctl/commands"
)

// The exit codes that gearctl promises.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitUnreachable = 3
	ExitPartial     = 4
	ExitInterrupted = 130
)

// The exit codes of plugins, which check and health have.
const (
	StateOK       = 0
	StateWarning  = 1
	StateCritical = 2
	StateUnknown  = 3
)

// StateName returns the word for the exit code of a plugin.
func StateName(code int) string { return []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}[code] }

// Interrupted is the cause for which a context ends when SIGINT arrives.
var Interrupted = commands.Stopped(os.Interrupt)
