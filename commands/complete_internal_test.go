package commands

import (
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
)

// walk calls f for c and every command below it.
func walk(c *cli.Command, f func(*cli.Command)) {
	f(c)
	for _, sub := range c.Sub.All() {
		walk(sub, f)
	}
}

func TestFlagsHaveWhatCompletionNeeds(t *testing.T) {
	t.Parallel()
	walk(root(testEnv()), func(c *cli.Command) {
		for name := range c.Choices {
			if f := c.Flag(name); f == nil || f.Names()[0] != name {
				t.Errorf("%s: Choices for %q, which is no flag's first name", c.Name, name)
			}
		}
		for _, f := range c.Flags {
			name := f.Names()[0]
			file := name == "config" || slices.ContainsFunc([]string{"-ca", "-cert", "-file", "tls-key"}, func(end string) bool { return strings.HasSuffix(name, end) })
			if value, _ := flagUsage(f); file && takesValue(f) && !takesFile(value) {
				t.Errorf("%s --%s takes a file: its usage must name it `FILE`, or the shells do not complete it", c.Name, name)
			}
		}
	})
}
