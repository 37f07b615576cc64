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

func TestCSVSafe(t *testing.T) {
	type row struct {
		Name   string   `json:"name"`
		Number int64    `json:"number"`
		Ratio  *float64 `json:"ratio"`
		List   []string `json:"list"`
	}
	ratio := -0.5
	rows := []row{{"=1+1", -5, &ratio, []string{"@x", "y"}}, {"+x", 1, nil, nil}, {"-x", 2, nil, nil}, {"\t=x", 3, nil, nil}, {"x=-1", 4, nil, []string{"a"}}, {"", 5, nil, nil}}
	for safe, want := range map[bool]string{
		false: "=1+1,-5,-0.5,@x y\n+x,1,,\n-x,2,,\n\"\t=x\",3,,\nx=-1,4,,a\n,5,,\n",
		true:  "'=1+1,-5,-0.5,'@x y\n'+x,1,,\n'-x,2,,\n'\t=x,3,,\nx=-1,4,,a\n,5,,\n",
	} {
		var b strings.Builder
		p, err := NewPrinter[row](&b, Options{Format: format(t, "csv"), NoHeader: true, CSVSafe: safe})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.PrintAll(rows); err != nil || b.String() != want {
			t.Errorf("safe %v: %v, got\n%swant\n%s", safe, err, b.String(), want)
		}
	}
}
