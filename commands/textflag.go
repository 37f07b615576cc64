package commands

import (
	"errors"

	"github.com/urfave/cli/v2"
)

// textFlag is a flag for a text that must not be empty. An empty one comes of a variable in a script that is not set, and
// would mean no flag at all: drain --to "" would throw the jobs away, and a check would not compare what it is to compare.
func textFlag(name string, dst *string, usage string) cli.Flag {
	return &cli.GenericFlag{Name: name, Value: (*givenText)(dst), Usage: usage}
}

// givenText is the value of a textFlag.
type givenText string

// Set takes what is not empty.
func (g *givenText) Set(s string) error {
	if s == "" {
		return errors.New("is empty")
	}
	*g = givenText(s)
	return nil
}

func (g *givenText) String() string {
	if g == nil {
		return ""
	}
	return string(*g)
}
