package output

import "testing"

func TestTSVHasOneLineForEachRow(t *testing.T) {
	t.Parallel()
	rows := []textRow{{"a\tb\nc\rd\\n", []string{"x", "y z"}}, {"\x1b[2J\xff", nil}, {"", nil}}
	o := Options{Format: Format{Kind: TSV}}
	want(t, render(t, o, rows...), "text\tlist\n"+`a\tb\nc\rd\\n`+"\tx y z\n\x1b[2J\xff\t\n\t\n")
	want(t, render[textRow](t, o), "text\tlist\n")
	o.NoHeader = true
	want(t, render(t, o, textRow{"a", nil}), "a\t\n")
	want(t, render[textRow](t, o), "")
	o.Terminal = true
	want(t, render(t, o, rows[1]), `\x1b[2J\xff`+"\t\n")
	o.CSVSafe = true
	want(t, render(t, o, textRow{"=1+1", nil}), "'=1+1\t\n")
}
