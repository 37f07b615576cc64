package output

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestColumnsOf(t *testing.T) {
	type row struct {
		place
		Number  int      `json:"number,omitempty"`
		Left    *float64 `json:"left" out:"left,seconds"`
		Right   string   `json:"right" out:"right,wide"`
		Extra   uint8    `json:"extra" out:"optional,bytes"`
		Queue   string   `json:"queue" out:"name"`
		Least   int      `json:"least" out:"drop1"`
		Most    int      `json:"most" out:"keep"`
		Ignored string
	}
	want := []Column{
		{Key: "server"},
		{Key: "number", Right: true},
		{Key: "left", Unit: InSeconds},
		{Key: "right", Right: true, Wide: true},
		{Key: "extra", Right: true, Optional: true, Unit: InBytes},
		{Key: "queue", Wide: true, Name: true},
		{Key: "least", Right: true, Rank: 1},
		{Key: "most", Right: true, Keep: true},
	}
	got := ColumnsOf[row]()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Column{})); diff != "" {
		t.Errorf("columns -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"server", "number", "left", "right", "extra", "queue", "least", "most"}, Keys(got)); diff != "" {
		t.Errorf("keys -want +got:\n%s", diff)
	}
}

func TestColumnsOfRefusesMistakes(t *testing.T) {
	type misspelt struct {
		A int `json:"a" out:"byte"`
	}
	for name, columns := range map[string]func() []Column{"no struct": ColumnsOf[int], "unknown option": ColumnsOf[misspelt]} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			columns()
		})
	}
}

func TestLabelsAreAnObjectInJSONAndPairsElsewhere(t *testing.T) {
	type row struct {
		Labels map[string]string `json:"labels"`
	}
	for format, want := range map[string]string{
		"json":  "[\n  {\"labels\":{\"site\":\"berlin\",\"tier\":\"1\"}},\n  {\"labels\":{}}\n]\n",
		"csv":   "labels\nsite=berlin tier=1\n\"\"\n",
		"table": "LABELS\nsite=berlin tier=1\n\n",
	} {
		var b strings.Builder
		f, err := ParseFormat(format)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPrinter[row](&b, Options{Format: f, Palette: NewPalette("never", false, func(string) string { return "" })})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.PrintAll([]row{{map[string]string{"tier": "1", "site": "berlin"}}, {map[string]string{}}}); err != nil || b.String() != want {
			t.Errorf("%s: got %q, %v, want %q", format, b.String(), err, want)
		}
	}
}
