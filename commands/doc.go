// Package commands is the frame of gearctl: it builds the command tree from the families in the packages below it, parses
// the command line, writes help and completions, and returns the exit code. docs/architecture.md says what is where.
package commands
