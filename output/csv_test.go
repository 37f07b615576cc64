package output

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCSVIsExact(t *testing.T) {
	rows := []textRow{{"a,b\"c\"\nd", nil}, {"\x1b[2J\xff", []string{"x", "y z"}}, {"", nil}, {" lead", nil}}
	text := render(t, Options{Format: Format{Kind: CSV}}, rows...)
	want(t, text, "text,list\n\"a,b\"\"c\"\"\nd\",\n\x1b[2J\xff,x y z\n,\n\" lead\",\n")
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	records := [][]string{{"text", "list"}, {"a,b\"c\"\nd", ""}, {"\x1b[2J\xff", "x y z"}, {"", ""}, {" lead", ""}}
	if diff := cmp.Diff(records, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCSVOnATerminalIsEscaped(t *testing.T) {
	o := Options{Format: Format{Kind: CSV}, Terminal: true, NoHeader: true}
	want(t, render(t, o, textRow{"\x1b[2J\n", []string{"\u202e"}}), `\x1b[2J\n,\u202e`+"\n")
}

func TestCSVHasALineForAnEmptyCell(t *testing.T) {
	o := Options{Format: Format{Kind: CSV}, Columns: []string{"text"}}
	want(t, render(t, o, textRow{}, textRow{Text: "x"}), "text\n\"\"\nx\n")
}
