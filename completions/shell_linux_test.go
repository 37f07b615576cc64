package completions_test

import "testing"

// roundTrip types the beginning of every hard name in every way, presses TAB, and wants the shell to read exactly that name, which
// typed returns of a line.
func roundTrip(t *testing.T, term *terminal, typed func(keys string) string, quotings []quoting) {
	term.t = t
	n := 0
	for _, q := range quotings {
		for _, name := range hardQueues {
			for _, begin := range cuts(name) {
				if q.able != nil && !q.able(begin) {
					continue
				}
				n++
				keys := "gearctl status -- " + q.quote(begin)
				if got := typed(keys + "\t"); got != name {
					t.Errorf("%s: %s TAB: got %q, want %q", q.name, keys, got, name)
				}
			}
		}
	}
	if got := term.queueShown("gearctl -o te\t'<<{{.queue}}>>' stat\tmy\t"); got != "my queue of jobs" {
		t.Errorf("a format, a command and a queue with TAB: got queue %q", got)
	}
	t.Logf("%d round trips", n)
}
