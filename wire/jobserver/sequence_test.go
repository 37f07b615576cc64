package jobserver

import (
	"testing"

	"pgregory.net/rapid"
)

// A sequence is compared with a map from which everything is looked up the slow way.
func TestSequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q sequence[int]
		model := map[uint64]*int{}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				v := new(int)
				model[q.add(v)] = v
			},
			"remove": func(t *rapid.T) {
				n := rapid.Uint64Range(0, q.last+1).Draw(t, "number")
				q.remove(n)
				delete(model, n)
			},
			"": func(t *rapid.T) {
				from, left := rapid.Uint64Range(0, q.last+1).Draw(t, "from"), 0
				for n := range model {
					if n > from {
						left++
					}
				}
				last := from
				for n, v := range q.after(from) {
					if n <= last || model[n] != v {
						t.Fatalf("after %d: got %d after %d", from, n, last)
					}
					last = n
					left--
				}
				if left != 0 {
					t.Fatalf("after %d: %d are missing", from, left)
				}
				for n, v := range model {
					if q.get(n) != v {
						t.Fatalf("get %d: got another value", n)
					}
				}
			},
		})
	})
}
