package context_test

import (
	"testing"

	"gearctl/commands/internal/commandtest"
)

func TestMain(m *testing.M) { commandtest.Main(m) }
