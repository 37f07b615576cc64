package doctor_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
)

// TestDoctorOnThisHost runs it where the tests run, whatever is there.
func TestDoctorOnThisHost(t *testing.T) {
	t.Parallel()
	r := commandtest.Gearctl(t, "", "doctor", "--offline", "--color", "always")
	if r.Code != commandtest.ExitOK && r.Code != commandtest.ExitFailed && r.Code != commandtest.ExitPartial || !strings.Contains(r.Stdout, "clock") {
		t.Errorf("code %d, stdout %q, stderr %q", r.Code, r.Stdout, r.Stderr)
	}
}
