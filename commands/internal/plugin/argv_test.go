package plugin

import (
	"strings"
	"testing"
)

func TestPluginArgv(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"/bin/check -H a  -w 5":  "/bin/check -H a -w 5",
		"./check\t1":             "./check 1",
		"check_ping -H a":        binShell + " -c check_ping -H a",
		"A=b /bin/check":         binShell + " -c A=b /bin/check",
		"/bin/check 'a b'":       binShell + " -c /bin/check 'a b'",
		"/bin/check | head":      binShell + " -c /bin/check | head",
		"":                       binShell + " -c ",
		"/bin/check a*":          binShell + " -c /bin/check a*",
		"/bin/check 10% \u00a0x": "/bin/check 10% \u00a0x",
	} {
		if got := strings.Join(argv(line), " "); got != want {
			t.Errorf("%q is run as %q, want %q", line, got, want)
		}
	}
}
