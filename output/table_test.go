package output

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
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
		tableRow{"two\nlines", 4, ""}, tableRow{"a\x1eb", 5, "end of a row"}, tableRow{"", -5, "tail \t"}), ""+
		"NAME        COUNT  NOTE\n"+
		"日本語          1  cjk\n"+
		"e\u0301te\u0301            20  combining\n"+
		"a  b          300  blanks\n"+
		"two\\nlines      4\n"+
		"a\\x1eb          5  end of a row\n"+
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
			want(t, render(t, Options{Width: tt.width, Columns: []string{"name", "count", "note"}}, rows...), tt.want)
		})
	}
}

var colors = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestColourDoesNotDisturbAlignment(t *testing.T) {
	rows := []tableRow{{"日本", 12, "x"}, {"abc\x1b[1m", 1, ""}, {"d", 123, "long note"}}
	plain := render(t, Options{Width: 30}, rows...)
	painted := render(t, Options{Width: 30, Palette: NewPalette("always", false, env())}, rows...)
	want(t, colors.ReplaceAllString(painted, ""), plain)
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

// TestAGiantNameDoesNotMakeEveryLineLong: a hostile server needs one name of a megabyte.
func TestAGiantNameDoesNotMakeEveryLineLong(t *testing.T) {
	var b bytes.Buffer
	p, err := NewPrinter[benchRow](&b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := benchRows(3000)
	rows[1].Queue = strings.Repeat("x", 1<<20)
	if err := p.PrintAll(rows); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n != 3001 || !strings.Contains(b.String(), rows[1].Queue+" ") || !strings.Contains(b.String(), "hostgroup_servers_2999 ") {
		t.Errorf("%d lines, or names are missing", n)
	}
	if b.Len() > 10<<20 {
		t.Errorf("%s for 3000 rows and a name of 1 MiB", Bytes(int64(b.Len())))
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	for _, test := range []struct {
		format, sort string
		want         string
	}{
		{"table", "", "more than 100 rows for a table"},
		{"table", "queue", "more than 100 rows to sort"},
		{"csv", "queue", "more than 100 rows to sort"},
		{"csv", "", ""},
		{"json", "", ""},
	} {
		for rows, want := range map[int]string{100: "", 101: test.want} {
			var b bytes.Buffer
			p, err := NewPrinter[benchRow](&b, Options{Format: format(t, test.format), Sort: test.sort, MaxRows: 100, MaxBytes: 1e6})
			if err != nil {
				t.Fatal(err)
			}
			err = p.PrintAll(benchRows(rows))
			var many *TooManyRowsError
			if want == "" && (err != nil || b.Len() == 0) || want != "" && (!errors.As(err, &many) || err.Error() != want || b.Len() > 0) {
				t.Errorf("%s sorted by %q, %d rows: %d bytes, %v, want %q", test.format, test.sort, rows, b.Len(), err, want)
			}
		}
		p, err := NewPrinter[benchRow](io.Discard, Options{Format: format(t, test.format), Sort: test.sort, MaxRows: 100, MaxBytes: 1e6})
		if err != nil {
			t.Fatal(err)
		}
		giant := benchRow{Queue: strings.Repeat("x", 600_000)}
		if err := p.PrintAll([]benchRow{giant, giant}); (err == nil) != (test.want == "") {
			t.Errorf("%s sorted by %q, two giant rows: %v", test.format, test.sort, err)
		}
	}
}

// TestATableKeepsEmptyLines prints rows of which nothing is left to see, in every place, and over more than one block.
func TestATableKeepsEmptyLines(t *testing.T) {
	t.Parallel()
	type row struct {
		Name string `json:"name"`
	}
	for _, names := range [][]string{{""}, {"", "a"}, {"a", ""}, {"a", "", "", "b"}, {"", ""}, slices.Repeat([]string{"a", ""}, 1501)} {
		rows := make([]row, len(names))
		for i := range names {
			rows[i].Name = names[i]
		}
		var out strings.Builder
		p, err := NewPrinter[row](&out, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.PrintAll(rows); err != nil {
			t.Fatal(err)
		}
		if want := "NAME\n" + strings.Join(names, "\n") + "\n"; out.String() != want {
			t.Errorf("%d rows: got %.60q, want %.60q", len(rows), out.String(), want)
		}
	}
}
