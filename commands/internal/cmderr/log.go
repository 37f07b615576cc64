package cmderr

// Log is where an engine reports to the person who runs the command.
type Log interface {
	// Info reports what happens. Command lines among the arguments are printed as the user would type them.
	Info(format string, args ...any)
	// Verbose reports what only --verbose shows.
	Verbose(format string, args ...any)
	// Warn reports what went wrong without ending the command.
	Warn(format string, args ...any)
}
