package cli

import (
	"context"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/input"
)

// ReadInput reads all of stdin, up to --max-packet. The error for more than that has the hint.
func (e *Env) ReadInput(ctx context.Context, what, hint string) ([]byte, error) {
	if e.Terminal.Stdin {
		e.Info("reading %s from the terminal, end it with ctrl-D", what)
	}
	limit := int(e.Globals.MaxPacket)
	data, err := input.ReadStdin(ctx, e.Stdin, limit)
	if err == nil && len(data) > limit {
		err = cmderr.WithHint(cmderr.Errorf("read stdin: more than %d bytes", limit), "%s", hint)
	}
	return data, err
}
