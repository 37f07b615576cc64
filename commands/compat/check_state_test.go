package compat_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestTheWorstStateOfCheckGearman: of a queue and of a line that cannot be read, on one server or on two, in either order.
func TestTheWorstStateOfCheckGearman(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	const ok, warning, critical, unreadable = "aaa\t0\t0\t1\n", "bbb\t20\t0\t1\n", "ccc\t200\t0\t1\n", "ddd\tx\t0\t1\n"
	for _, c := range []struct {
		one, other string
		want       int
	}{
		{ok, warning, commandtest.StateWarning},
		{ok, unreadable, commandtest.StateUnknown},
		{ok, critical, commandtest.StateCritical},
		{warning, unreadable, commandtest.StateUnknown},
		{warning, critical, commandtest.StateCritical},
		{unreadable, critical, commandtest.StateCritical},
	} {
		for _, lines := range [][]string{{c.one + c.other}, {c.other + c.one}, {c.one, c.other}, {c.other, c.one}} {
			var args []string
			for _, status := range lines {
				args = append(args, "-H", servertest.ServerAnswering(t, server, map[string]string{"status": status + ".\n"}))
			}
			r := old(t, "", "check_gearman", args...)
			if r.Code != c.want || !strings.HasPrefix(r.Stdout, "check_gearman "+commandtest.StateName(c.want)+" - ") {
				t.Errorf("%q: want exit code %d, got %+v", lines, c.want, r)
			}
		}
	}
}
