package cli

import (
	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/pieces"
)

// RotationFlag is a flag that says when a piece of an archive ends.
func RotationFlag(name string, dst *pieces.Rotation, usage string) urfave.Flag {
	return &urfave.GenericFlag{Name: name, Value: (*rotation)(dst), Usage: usage}
}

type rotation pieces.Rotation

// Set reads a size, a duration, or both.
func (r *rotation) Set(s string) error {
	v, err := pieces.ParseRotation(s, ReadSize)
	*r = rotation(v)
	return err
}

func (r *rotation) String() string {
	if r == nil {
		return ""
	}
	return pieces.Rotation(*r).String()
}
