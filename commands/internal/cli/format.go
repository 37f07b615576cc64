package cli

import (
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// Format returns the output format of --output, which may be one of the command's own.
func (e *Env) Format() (output.Format, error) {
	var own []string
	if e.run.line != nil {
		own = e.run.line.Command().Formats
	}
	f, err := output.ParseFormat(e.Globals.output, own...)
	if err != nil {
		return f, cmderr.Usagef("%v", err)
	}
	return f, nil
}

// FormatRaw is the format of commands that can print bytes as they are.
const FormatRaw = "raw"
