package commands

import (
	"math"
	"runtime"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
)

// TestLinesMakeOnlyTheirCommand bounds what a line allocates until its command runs. The whole tree of commands is ten
// times as much.
func TestLinesMakeOnlyTheirCommand(t *testing.T) {
	for _, line := range [][]string{
		{"-s", "gm1", "health", "--waiting-warning", "10"},
		{"-s", "gm1", "status", "-o", "csv"},
		{"drain", "jobs", "--dry-run"},
		{"queue", "create", "jobs"},
		{"compat", "gearadmin", "--status"},
	} {
		run := func() {
			top := root(testEnv())
			if c, _ := verbatim(top, line); c != nil {
				return
			}
			l, err := parse(top, line)
			if err == nil {
				err = newParser(&l.Line, func(*urfave.Context) error { return nil }).RunContext(t.Context(), l.argv())
			}
			if err != nil {
				t.Error(err)
			}
		}
		run() // what is made once in a process
		bytes, allocs := uint64(math.MaxUint64), uint64(math.MaxUint64)
		for range 3 { // the least of three: a collection in between empties pools, which are filled again
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			run()
			runtime.ReadMemStats(&after)
			bytes, allocs = min(bytes, after.TotalAlloc-before.TotalAlloc), min(allocs, after.Mallocs-before.Mallocs)
		}
		if bytes > 40_000 || allocs > 400 {
			t.Errorf("%q allocates %d bytes in %d pieces, want at most 40000 in 400", line, bytes, allocs)
		}
	}
}

func TestCommandsAreFoundByTheirNames(t *testing.T) {
	t.Parallel()
	var check func(list cli.Subcommands)
	check = func(list cli.Subcommands) {
		for _, sub := range list {
			if c := sub.Command(); c.Name != sub.Name || list.Find(c.Name) != c {
				t.Errorf("%s makes the command %s", sub.Name, c.Name)
			}
			check(sub.Command().Sub)
		}
	}
	check(root(testEnv()).Sub)
}
