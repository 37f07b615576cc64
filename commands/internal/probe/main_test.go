package probe

import (
	"testing"

	"gearctl/commands/internal/servertest"
)

func TestMain(m *testing.M) {
	servertest.MoreAtATime()
	m.Run()
}
