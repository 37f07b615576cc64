package commandtest

import (
	"os"
	"path/filepath"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servertest"
)

// Contexts returns a change of an Env whose user has these contexts, a text in YAML, and these variables besides.
func Contexts(t testing.TB, text string, variables ...string) func(*cli.Env) {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, cli.Program), 0o700); err != nil {
		t.Fatal(err)
	}
	servertest.WriteFile(t, filepath.Join(dir, cli.Program, "contexts.yml"), text)
	vars := map[string]string{"XDG_CONFIG_HOME": dir}
	for i := 0; i+1 < len(variables); i += 2 {
		vars[variables[i]] = variables[i+1]
	}
	return func(e *cli.Env) { e.Getenv = func(name string) string { return vars[name] } }
}
