package output

import (
	"strings"
	"testing"
)

// TestColumnsAreFoundByTheirHeading in --columns, --sort and templates.
func TestColumnsAreFoundByTheirHeading(t *testing.T) {
	t.Parallel()
	type row struct {
		Queue string `json:"queue"`
		Seen  int    `json:"last_seen"`
	}
	rows := []row{{"a", 1}, {"b", 2}}
	want(t, render(t, Options{Columns: []string{"LAST SEEN", "Queue"}, Sort: "-Last-Seen"}, rows...), "LAST_SEEN  QUEUE\n        2  b\n        1  a\n")
	want(t, render(t, Options{Format: format(t, "template={{.QUEUE}} {{if .Last_Seen}}{{$.LAST_SEEN}}{{end}} {{json .}}")}, rows[0]), "a 1 {\"last_seen\":1,\"queue\":\"a\"}\n")
	type part struct{ Name string }
	type nested struct {
		Parts []part `json:"parts"`
	}
	want(t, render(t, Options{Format: format(t, "template={{range .PARTS}}{{.Name}}{{end}}")}, nested{[]part{{"a"}, {"b"}}}), "ab\n")
	if _, err := NewPrinter[row](&strings.Builder{}, Options{Columns: []string{"LAST"}}); err == nil || err.Error() != `column "LAST": choose from queue, last_seen` {
		t.Errorf("got %v", err)
	}
}
