package cli

import (
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// Format returns the output format, which may be one of the command's own.
func (e *Env) Format() (output.Format, error) {
	f, err := output.ParseFormat(e.Globals.output, e.Formats...)
	if err != nil {
		return f, cmderr.Usagef("%v", err)
	}
	return f, nil
}
