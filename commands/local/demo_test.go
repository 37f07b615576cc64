package local_test

import (
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
)

func TestDemo(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	got := commandtest.Gearctl(t, "", "demo")
	commandtest.WantRun(t, got, 0)
	for _, want := range []string{"perfdata    10000", "DISK OK - 42 % used\nqueued ", "DISK WARNING - 84 % used\nqueued ", "UNKNOWN: a worker took the check"} {
		if !strings.Contains(got.Stdout, want) {
			t.Errorf("the demo does not show %q:\n%s", want, got.Stdout)
		}
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
