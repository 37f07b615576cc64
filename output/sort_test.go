package output

import (
	"strings"
	"testing"
	"time"
)

func TestSort(t *testing.T) {
	type row struct {
		Name  string    `json:"name"`
		N     int       `json:"n"`
		U     uint64    `json:"u"`
		F     float64   `json:"f"`
		B     bool      `json:"b"`
		P     *int      `json:"p"`
		At    time.Time `json:"at"`
		List  []string  `json:"list"`
		Other []int     `json:"other"`
	}
	ten, nine := 10, 9
	rows := []row{
		{"b", 10, 1 << 63, 0.5, true, &ten, noon, []string{"x", "y"}, []int{2}},
		{"a", 9, 2, -1, false, nil, noon.Add(-1), []string{"x"}, []int{1}},
		{"B", 10, 3, 10, true, &nine, noon.Add(1), nil, nil},
	}
	for keys, want := range map[string]string{
		"": "b a B", "name": "B a b", "-name": "b a B", "n": "a b B", "-n": "b B a", "-n,name": "B b a", " n , -name ": "a b B",
		"u": "a B b", "f": "a b B", "b": "a b B", "-b": "b B a", "p": "a B b", "-p": "b B a", "at": "a b B", "list": "B a b", "other": "a b B",
	} {
		got := render(t, Options{Columns: []string{"name"}, Sort: keys, NoHeader: true}, rows...)
		if got = strings.Join(strings.Fields(got), " "); got != want {
			t.Errorf("sort by %q: got %s, want %s", keys, got, want)
		}
	}
}

func TestSortIsTheSameInEveryFormat(t *testing.T) {
	rows := benchRows(3)
	for kind, text := range map[string]string{
		"table": "TOTAL\n    6\n    3\n    0\n", "jsonl": "{\"total\":6}\n{\"total\":3}\n{\"total\":0}\n", "csv": "total\n6\n3\n0\n",
		"json": "[\n  {\"total\":6},\n  {\"total\":3},\n  {\"total\":0}\n]\n", "template={{.total}}": "6\n3\n0\n",
	} {
		want(t, render(t, Options{Format: format(t, kind), Columns: []string{"total"}, Sort: "-queue"}, rows...), text)
	}
}
