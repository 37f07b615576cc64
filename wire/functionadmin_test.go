package wire_test

import (
	"errors"
	"testing"

	"gearctl/wire"
)

func TestARefusedDropLeavesTheConnectionGood(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		conn := dial(t, &wire.Dialer{}, addr)
		var refused *wire.ServerError
		if err := conn.DropFunction(t.Context(), "nope"); !errors.As(err, &refused) {
			t.Errorf("drop an unknown function: got %v, want a refusal", err)
		}
		if _, err := conn.Version(t.Context()); err != nil {
			t.Errorf("version after a refused drop: %v", err)
		}
	})
}
