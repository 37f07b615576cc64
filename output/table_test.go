package output

import (
	"regexp"
	"strings"
	"testing"
)

type tableRow struct {
	Name  string `json:"name" out:"wide"`
	Count int64  `json:"count"`
	Note  string `json:"note"`
}

func (r tableRow) Style(key string) Style {
	switch {
	case key == "count" && r.Count > 5:
		return Bad
	case key == "note":
		return Faint
	}
	return Plain
}

func TestTableAlignsWhateverTheNames(t *testing.T) {
	want(t, render(t, Options{},
		tableRow{"日本語", 1, "cjk"}, tableRow{"e\u0301te\u0301", 20, "combining"}, tableRow{"a  b ", 300, "blanks"},
		tableRow{"two\nlines", 4, ""}, tableRow{"", -5, "tail \t"}), ""+
		"NAME        COUNT  NOTE\n"+
		"日本語          1  cjk\n"+
		"e\u0301te\u0301            20  combining\n"+
		"a  b          300  blanks\n"+
		"two\\nlines      4\n"+
		"               -5  tail \\t\n")
}

func TestTableIsNeverWrapped(t *testing.T) {
	long := strings.Repeat("x", 300)
	want(t, render(t, Options{Columns: []string{"note", "count"}, Width: 80}, tableRow{"", 1, long}),
		"NOTE"+strings.Repeat(" ", 298)+"COUNT\n"+long+"      1\n")
}

func TestTableIsCutToTheTerminal(t *testing.T) {
	rows := []tableRow{{"hostgroup_a_very_long_name", 1, "n"}, {"日本語日本語日本語", 2, "n"}, {"short", 3, "n"}}
	tests := []struct {
		name  string
		width int
		want  string
	}{
		{"fits", 39, "NAME                        COUNT  NOTE\nhostgroup_a_very_long_name      1  n\n日本語日本語日本語              2  n\nshort                           3  n\n"},
		{"cut", 25, "NAME          COUNT  NOTE\nhostgroup_a…      1  n\n日本語日本…       2  n\nshort             3  n\n"},
		{"no less than 8", 5, "NAME      COUNT  NOTE\nhostgro…      1  n\n日本語…       2  n\nshort         3  n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want(t, render(t, Options{Width: tt.width}, rows...), tt.want)
		})
	}
}

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestColourDoesNotDisturbAlignment(t *testing.T) {
	rows := []tableRow{{"日本", 12, "x"}, {"abc\x1b[1m", 1, ""}, {"d", 123, "long note"}}
	plain := render(t, Options{Width: 30}, rows...)
	painted := render(t, Options{Width: 30, Palette: NewPalette("always", false, env())}, rows...)
	want(t, colours.ReplaceAllString(painted, ""), plain)
	for _, leaf := range []string{"\x1b[31;1m12\x1b[", "\x1b[31;1m123\x1b[", "\x1b[2mx\x1b[", "\x1b[2mlong note\x1b[", "      1\n"} {
		if !strings.Contains(painted, leaf) {
			t.Errorf("%q lacks %q", painted, leaf)
		}
	}
}

func TestMarkedCells(t *testing.T) {
	for _, tt := range []struct{ mode, want string }{
		{"always", "NAME  COUNT\na         \x1b[7m1\x1b[27m\n"},
		{"never", "NAME  COUNT\na         1\n"},
	} {
		var b strings.Builder
		p, err := NewPrinter[tableRow](&b, Options{Columns: []string{"name", "count"}, Palette: NewPalette(tt.mode, true, env())})
		if err != nil {
			t.Fatal(err)
		}
		p.Mark(func(r tableRow, key string) bool { return r.Name == "a" && key == "count" })
		if err := p.PrintAll([]tableRow{{"a", 1, ""}}); err != nil {
			t.Fatal(err)
		}
		want(t, b.String(), tt.want)
	}
}
