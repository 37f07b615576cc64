package process

import "testing"

func TestHoldsSecret(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]bool{
		"GEARCTL_KEY=x": true, "GEARMAN_PASSWORD=x": true, "MOD_GEARMAN_SECRET=x": true, "gearctl_token=x": true,
		"GEARCTL_KEY_FILE=/k": false, "GEARCTL_SERVERS=KEY": false, "SSH_KEY=x": false, "PATH=/gearctl/key": false,
	} {
		if got := HoldsSecret(variable); got != want {
			t.Errorf("%s: %v", variable, got)
		}
	}
}

func TestForServiceManager(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]bool{"NOTIFY_SOCKET=/s": true, "WATCHDOG_USEC=1": true, "LISTEN_FDS=1": true, "LISTEN=1": false, "PATH=NOTIFY_SOCKET": false} {
		if got := ForServiceManager(variable); got != want {
			t.Errorf("%s: %v", variable, got)
		}
	}
}
