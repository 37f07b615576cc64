package cmderr

// Log receives the messages of an engine for the user who runs the command.
type Log interface {
	// Info reports progress. Command lines among args are printed as the user would type them.
	Info(format string, args ...any)
	// Verbose reports details, shown with --verbose only.
	Verbose(format string, args ...any)
	// Warn reports a problem that does not end the command.
	Warn(format string, args ...any)
}
