package replay

import "testing"

// TestWhatStaysInDoubt is up to which line the jobs of an archive are in doubt after a replay that got all answers.
func TestWhatStaysInDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after progress
		want          int64
	}{
		"no doubt before":                {progress{}, progress{Done: 3, Sent: 4001, read: 3, ended: true}, 0},
		"no doubt before, interrupted":   {progress{}, progress{Done: 3, Sent: 4001, read: 4}, 0},
		"not read":                       {progress{Done: 1, Sent: 4001}, progress{Done: 1, Sent: 4001}, 4001},
		"interrupted in the doubt":       {progress{Done: 1, Sent: 4001}, progress{Done: 3, Sent: 4001, read: 3}, 4001},
		"interrupted beyond the doubt":   {progress{Done: 1, Sent: 3}, progress{Done: 4, Sent: 4004, read: 5}, 0},
		"read to the end":                {progress{Done: 1, Sent: 4001}, progress{Done: 3, Sent: 4001, read: 3, ended: true}, 0},
		"a line of the doubt is refused": {progress{Done: 1, Sent: 4001}, progress{Done: 1, Sent: 4001, read: 3, ended: true}, 3},
		"a later line is refused":        {progress{Done: 1, Sent: 3}, progress{Done: 4, Sent: 4004, read: 9, ended: true}, 0},
	} {
		c.after.before = &c.before
		done := &checkpoint{Files: map[string]*progress{"/a": &c.after}}
		if done.allAnswered(); c.after.Sent != c.want {
			t.Errorf("%s: lines up to %d are in doubt, want %d", name, c.after.Sent, c.want)
		}
	}
}
