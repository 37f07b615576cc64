package output

import (
	"strings"
	"testing"
)

func TestASCII(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain\n":       "plain\n",
		"[GLOB…] a → b": "[GLOB...] a -> b",
		"é日\U0001f600":  `\u00e9\u65e5\U0001f600`,
		"a\xffb":        `a\xffb`,
		"▲▼▁▂▃▄▅▆▇█":    "^v_.:-=+*#",
		"200µs – “x”":   `200us - "x"`,
	} {
		if got := ASCII(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestASCIIOnly(t *testing.T) {
	t.Parallel()
	for variables, want := range map[string]bool{
		"":                              false,
		"LANG=C":                        true,
		"LANG=POSIX":                    true,
		"LANG=C.UTF-8":                  false,
		"LANG=de_DE.utf8":               false,
		"LANG=de_DE.UTF-8@euro":         false,
		"LANG=de_DE":                    true,
		"LANG=de_DE.ISO-8859-15@euro":   true,
		"LANG=C.UTF-8 LC_ALL=C":         true,
		"LANG=C LC_ALL=en_US.UTF-8":     false,
		"LANG=C LC_CTYPE=en_US.UTF-8":   false,
		"LANG=en_US.UTF-8 LC_CTYPE=C":   true,
		"LANG=en_US.UTF-8 LC_NUMERIC=C": false,
	} {
		getenv := func(name string) string {
			for v := range strings.FieldsSeq(variables) {
				if value, ok := strings.CutPrefix(v, name+"="); ok {
					return value
				}
			}
			return ""
		}
		if got := ASCIIOnly(getenv); got != want {
			t.Errorf("%q: got %v", variables, got)
		}
	}
}

// TestTablesInASCII: cut names, and names that are not ASCII, keep the table aligned.
func TestTablesInASCII(t *testing.T) {
	t.Parallel()
	rows := []tableRow{{"Zürich", 1, "…"}, {strings.Repeat("x", 30), 2, ""}}
	want(t, render(t, Options{ASCII: true, Columns: []string{"name", "count"}, Width: 22}, rows...), "NAME             COUNT\n"+`Z\u00fcrich          1`+"\nxxxxxxxxxxxx...      2\n")
	for _, kind := range []string{"csv", "tsv", "jsonl"} {
		if text := render(t, Options{ASCII: true, Format: format(t, kind)}, rows...); !strings.Contains(text, "Zürich") {
			t.Errorf("%s is exact, got %q", kind, text)
		}
	}
}
