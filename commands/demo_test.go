package commands

import (
	"strings"
	"testing"
	"time"
)

func TestDemo(t *testing.T) {
	begin := time.Now()
	got := gearctl(t, "", "demo")
	wantRun(t, got, 0)
	for _, want := range []string{"perfdata    10000", "DISK OK - 42 % used\nqueued ", "DISK WARNING - 84 % used\nqueued ", "UNKNOWN: a worker took the check"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("the demo does not show %q:\n%s", want, got.stdout)
		}
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
