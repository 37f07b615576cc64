package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/cmderr"
)

// TestTheGravestRowDecides: any finding is exit code 1, whatever stands beside it; what is only inconclusive is 4, and nothing but
// rows that are ok is 0. The error counts each kind.
func TestTheGravestRowDecides(t *testing.T) {
	add := []func(*section){
		func(s *section) { s.ok("o", "") },
		func(s *section) { s.unknown("o", "", "") },
		func(s *section) { s.warn("o", "", "") },
		func(s *section) { s.fail("o", "", "") },
	}
	for n := range 4 * 4 * 4 {
		kinds := []int{n % 4, n / 4 % 4, n / 16}
		s := &section{}
		for _, k := range kinds {
			add[k](s)
		}
		err := verdict(s.rows)
		var part *cmderr.Partial
		worst := slices.Max(kinds)
		if (err == nil) != (worst == 0) || errors.As(err, &part) != (worst == 1) {
			t.Errorf("rows %v of ok, unknown, warning, error: got %v, partial %v; only findings are failures, and only they", kinds, err, part != nil)
		}
		for k, word := range []string{"", "inconclusive", "warning", "error"} {
			count := 0
			for _, kind := range kinds {
				if kind == k {
					count++
				}
			}
			if k > 0 && count > 0 && !strings.Contains(err.Error(), fmt.Sprint(count, " ")) || k > 0 && (count > 0) != (err != nil && strings.Contains(err.Error(), word)) {
				t.Errorf("rows %v: %d times %s is not in %v", kinds, count, word, err)
			}
		}
	}
}
