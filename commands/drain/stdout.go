package drain

import (
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

// checkRawStdout refuses a stdout that was closed: the program then has /dev/null there, to read and write.
func checkRawStdout(env *cli.Env) error {
	if _, closed := cli.NullDevice(env.Stdout); closed {
		return cmderr.WithHint(cmderr.Errorf("-o raw: stdout is closed"), "to discard the payloads omit -o raw")
	}
	return nil
}

// checkArchiveStdout refuses a stdout that keeps nothing, where it alone keeps the jobs.
func checkArchiveStdout(env *cli.Env) error {
	if null, _ := cli.NullDevice(env.Stdout); null {
		return cmderr.WithHint(cmderr.Errorf("archive -: stdout is closed or /dev/null"), "to discard the jobs omit --to")
	}
	return nil
}
