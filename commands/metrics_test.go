package commands_test

import (
	"regexp"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestMetricsOfTwoCommandsHaveOneText: node_exporter drops a metric from a file whose HELP is not that of another file.
func TestMetricsOfTwoCommandsHaveOneText(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "mail", "x")
	head := regexp.MustCompile(`(?m)^# (HELP|TYPE) (\S+) (.*)$`)
	texts := map[string]string{}
	both := 0
	for _, args := range [][]string{{"exporter", "--textfile", "-"}, {"health", "-o", "prometheus"}} {
		r := commandtest.Gearctl(t, "", append([]string{"-s", addr}, args...)...)
		for _, m := range head.FindAllStringSubmatch(r.Stdout, -1) {
			key := m[1] + " " + m[2]
			if other, ok := texts[key]; ok {
				both++
				if other != m[3] {
					t.Errorf("%s is %q in exporter and %q in health", key, other, m[3])
				}
			}
			texts[key] = m[3]
		}
	}
	if both != 10 {
		t.Errorf("%d lines about the metrics of both, want 10", both)
	}
}
