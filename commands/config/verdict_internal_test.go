package config

import (
	"fmt"
	"strings"
	"testing"

	"gearctl/wire/modgearman"
)

// TestAnyWarningFailsTheLint: hints alone pass, one warning or error among any number of hints fails, and both are counted.
func TestAnyWarningFailsTheLint(t *testing.T) {
	severities := []modgearman.Severity{modgearman.Hint, modgearman.Warning, modgearman.Failure}
	for n := range 27 {
		var findings []modgearman.Finding
		count := map[modgearman.Severity]int{}
		for _, i := range []int{n % 3, n / 3 % 3, n / 9} {
			findings = append(findings, modgearman.Finding{Severity: severities[i]})
			count[severities[i]]++
		}
		err := lintError(findings)
		if failed := count[modgearman.Warning]+count[modgearman.Failure] > 0; failed != (err != nil) {
			t.Errorf("%v: got %v, want an error: %v", count, err, failed)
		}
		for severity, word := range map[modgearman.Severity]string{modgearman.Warning: "warning", modgearman.Failure: "error"} {
			if c := count[severity]; c > 0 && (err == nil || !strings.Contains(err.Error(), fmt.Sprint(c, " ", word))) {
				t.Errorf("%v: %v does not count the %ss", count, err, word)
			}
		}
	}
}
