package doctor_test

import (
	"strings"
	"testing"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/servertest"
)

// TestAnUnreadableListOfJobsIsInconclusive: where show jobs cannot be read, doctor does not know whether jobs without a worker are
// phantoms, and says neither that they are nor that they are not.
func TestAnUnreadableListOfJobsIsInconclusive(t *testing.T) {
	for name, list := range map[string]string{
		"no number": "H:a:1\t0\tx\t1\n.\n", "too few columns": "H:a:1\t0\t1\n.\n", "an error": "ERR busy try+later\n", "text": "hello\n.\n",
		"the last is bad": "H:a:1\t0\t1\t0\nH:a:2\t0\t-1\t0\n.\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := servertest.Embedded(t)
			servertest.Submit(t, server, "worker_old", "x")
			h := newHost(t, servertest.ServerListingJobs(t, server, list))
			rows, _ := h.visit("--read-only")
			found := 0
			for _, r := range rows {
				if r.Check != "jobs" || !strings.HasPrefix(r.Object, "worker_old") {
					continue
				}
				found++
				if r.State != doctor.DoctorUnknown || !strings.Contains(r.Finding, "unknown whether they are phantoms") {
					t.Errorf("the list of jobs cannot be read, so it is not known whether there are phantoms: got %s %s: %s", r.State, r.Severity, r.Finding)
				}
			}
			if found != 1 {
				t.Errorf("want one row about the queue worker_old, got %d\n%s", found, doctor.ShowRows(rows))
			}
		})
	}
}
