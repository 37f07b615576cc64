package doctor

import (
	"errors"
	"strings"
	"testing"

	"gearctl/commands/internal/cmderr"
)

func TestDoctorRefusesToInspectOtherSystems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ system, root, want string }{
		{"linux", "", ""},
		{"linux", "/mnt/host", ""},
		{"freebsd", "/mnt/host", ""},
		{"freebsd", "", "doctor inspects Linux hosts, and this one runs freebsd"},
	} {
		err := checkSystem(c.system, c.root)
		if usage := (*cmderr.UsageError)(nil); (err == nil) != (c.want == "") || err != nil && (!errors.As(err, &usage) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, --root %q: %v, want %q", c.system, c.root, err, c.want)
		}
	}
}
