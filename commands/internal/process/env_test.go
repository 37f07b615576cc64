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
