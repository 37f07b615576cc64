package commands

import (
	"reflect"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
)

// What urfave/cli cannot see through a parserFlag, no flag may have.
func TestFlagsHaveNothingThatTheParserCannotSee(t *testing.T) {
	t.Parallel()
	walk(root(&cli.Env{}), func(c *cli.Command) {
		for _, f := range c.Flags {
			if r, ok := f.(urfave.RequiredFlag); ok && r.IsRequired() {
				t.Errorf("%s %v is required", c.Name, f.Names())
			}
			if v := reflect.ValueOf(f).Elem(); !v.FieldByName("Action").IsNil() {
				t.Errorf("%s %v has an action", c.Name, f.Names())
			}
		}
	})
}

// A value of a flag that may be repeated is not split at commas, as urfave/cli does where it is not told otherwise.
func TestListsAreNotSplit(t *testing.T) {
	t.Parallel()
	walk(root(&cli.Env{}), func(c *cli.Command) {
		for _, f := range c.Flags {
			switch f.(type) {
			case *urfave.IntSliceFlag, *urfave.Int64SliceFlag, *urfave.UintSliceFlag, *urfave.Uint64SliceFlag, *urfave.Float64SliceFlag:
				t.Errorf("%s %v: parserFlags has to leave it as it is", c.Name, f.Names())
			}
		}
	})
}

// TestNoFlagReadsTheEnvironmentItself keeps to one rule, that of readVariables: what is set and empty is not set.
func TestNoFlagReadsTheEnvironmentItself(t *testing.T) {
	t.Parallel()
	walk(root(&cli.Env{}), func(c *cli.Command) {
		for _, f := range c.Flags {
			if d, ok := f.(urfave.DocGenerationFlag); ok && len(d.GetEnvVars()) > 0 {
				t.Errorf("%s --%s: write %v into flagVariables", c.Name, f.Names()[0], d.GetEnvVars())
			}
		}
	})
}
