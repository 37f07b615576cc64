package commands

import (
	"flag"
	"reflect"
	"slices"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
)

// urfave/cli sees only the flags that stand on a line: it would not miss one that is required.
func TestNoFlagIsRequired(t *testing.T) {
	t.Parallel()
	walk(root(&cli.Env{}), func(c *cli.Command) {
		for _, f := range c.Flags {
			if r, ok := f.(urfave.RequiredFlag); ok && r.IsRequired() {
				t.Errorf("%s %v is required", c.Name, f.Names())
			}
		}
	})
}

func TestFlagNameIsWhatTheFlagSays(t *testing.T) {
	t.Parallel()
	walk(root(&cli.Env{}), func(c *cli.Command) {
		for _, f := range c.Flags {
			name, aliases := cli.FlagName(f)
			if got := append([]string{name}, aliases...); !slices.Equal(got, f.Names()) {
				t.Errorf("%s: got %q, want %q", c.Name, got, f.Names())
			}
		}
	})
}

// TestFlagsThatAreNotGiven compares what a flag is without the parser with what urfave/cli makes of it.
func TestFlagsThatAreNotGiven(t *testing.T) {
	t.Parallel()
	var theirs []urfave.Flag
	walk(root(testEnv()), func(c *cli.Command) { theirs = append(theirs, c.Flags...) })
	walk(root(testEnv()), func(c *cli.Command) {
		for _, f := range c.Flags {
			of := theirs[0]
			theirs = theirs[1:]
			if !cli.SetDefault(f) {
				t.Errorf("%s %v: not set", c.Name, f.Names())
			}
			if err := of.Apply(flag.NewFlagSet("", flag.ContinueOnError)); err != nil {
				t.Error(err)
			}
			got, want := reflect.ValueOf(f).Elem().FieldByName("Destination"), reflect.ValueOf(of).Elem().FieldByName("Destination")
			if got.Kind() != reflect.Pointer || got.IsNil() || f.Names()[0] == "" {
				continue // a value of its own
			}
			if _, list := f.(*urfave.StringSliceFlag); list {
				got, want = got.MethodByName("Value").Call(nil)[0], want.MethodByName("Value").Call(nil)[0]
			} else {
				got, want = got.Elem(), want.Elem()
			}
			if !reflect.DeepEqual(got.Interface(), want.Interface()) {
				t.Errorf("%s --%s: got %v, want %v", c.Name, f.Names()[0], got, want)
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
