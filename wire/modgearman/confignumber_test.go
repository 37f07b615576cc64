package modgearman

import (
	"fmt"
	"strings"
	"testing"
)

// TestNumbersAsTheProgramsHaveThem: what a line becomes after atoi and the limits of the option, and what lint says of it.
func TestNumbersAsTheProgramsHaveThem(t *testing.T) {
	for _, tt := range []struct {
		line, c, golang string
		finding         string // a part of it, "" for none
	}{
		{"job_timeout=1m", "1", "60", `warning: job_timeout: is "1m", not a number; the C programs read 1 (a check without a timeout of its own is killed after 1 s), the Go programs 60 (a check without a timeout of its own is killed after 60 s); set job_timeout=60`},
		{"job_timeout=0", "1", "60", "which the C programs do not accept"},
		{"job_timeout=5m", "5", "60", "set job_timeout=300"},
		{"job_timeout=90", "90", "90", ""},
		{"job_timeout=4294967301", "5", "4294967301", "which the C programs do not accept"},
		{"max-worker=many", "1", "0", `the C programs read 1 (no more than 1 checks run at a time), the Go programs 0`},
		{"max-worker=1e3", "1", "1000", "set max-worker=20"},
		{"min-worker=-5", "1", "-5", "set min-worker=1"},
		{"timeout_return=critical", "0", "0", "error: timeout_return: is \"critical\", not a number; the programs read 0 (checks that time out become OK); set timeout_return=2"},
		{"timeout_return=7", "2", "7", "the C programs take 2, the Go worker sends 7"},
		{"timeout_return=2", "2", "2", ""},
		{"orphan_return=warning", "0", "", "error: orphan_return: is \"warning\", not a number; the C programs read 0 (orphaned checks become OK); set orphan_return=2"},
		{"orphan_return=4", "2", "", "the C programs take 2"},
		{"perfdata_mode=overwrite", "0", "", "the module reads 0, which appends"},
		{"perfdata_mode=3", "1", "", "the module takes 1"},
		{"result_workers=auto", "0", "", "error: result_workers: is \"auto\", not a number; the C programs read 0 (the module reads no results: every check goes stale); set result_workers=1"},
		{"result_workers=-1", "0", "", "error: result_workers: is -1; the module reads no results"},
		{"idle-timeout=7.9", "7", "7", "not a whole number"},
		{"idle-timeout=-1", "10", "-1", "which the C programs do not accept"},
		{"spawn-rate=fast", "0", "0", "no workers are added under load"},
		{"max-jobs=-1", "1000", "-1", "set max-jobs=1000"},
		{"debug=9", "9", "3", ""},
		{"log_stats_interval=-1", "0", "", "no statistics are logged"},
		{"gearman_connection_timeout=5s", "5", "5s", "set gearman_connection_timeout=5000"},
		{"load_limit1=-2.5", "0", "-2.5", ""},
		{"load_limit1=high", "0", "0", "the limit is off"},
		{"load_limit1=2.5x", "2.5", "0", "not a number"},
	} {
		c := load(t, base+tt.line+"\n")
		name, _, _ := strings.Cut(tt.line, "=")
		for _, v := range c.Values() {
			if v.Option.Name == name && (v.C != tt.c || v.Go != tt.golang) {
				t.Errorf("%s: C %q, Go %q, want %q, %q", tt.line, v.C, v.Go, tt.c, tt.golang)
			}
		}
		if got := fmt.Sprint(Lint(c, c)); !strings.Contains(got, tt.finding) || tt.finding == "" && got != "[]" {
			t.Errorf("%s: %s, want %q", tt.line, got, tt.finding)
		}
	}
}
