package archive_test

import (
	"testing"

	"gearctl/commands/internal/commandtest"
)

func TestMain(m *testing.M) { commandtest.Main(m) }

func TestScripts(t *testing.T) {
	t.Parallel()
	commandtest.RunScripts(t, "testdata/script")
}
