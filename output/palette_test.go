package output

import "testing"

// env is an environment with some variables: name, value, name, value.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestWhenColoursAreOn(t *testing.T) {
	tests := []struct {
		mode     string
		terminal bool
		env      []string
		on       bool
	}{
		{"auto", true, nil, true},
		{"", true, nil, true},
		{"auto", false, nil, false},
		{"auto", true, []string{"NO_COLOR", "0"}, false},
		{"auto", true, []string{"NO_COLOR", ""}, true},
		{"auto", true, []string{"TERM", "dumb"}, false},
		{"always", false, []string{"NO_COLOR", "1", "TERM", "dumb"}, true},
		{"never", true, nil, false},
	}
	for _, tt := range tests {
		p := NewPalette(tt.mode, tt.terminal, env(tt.env...))
		if got := p.Paint(Bad, "x") != "x"; got != tt.on || p.Enabled() != tt.on {
			t.Errorf("%+v: painted %v, enabled %v", tt, got, p.Enabled())
		}
	}
}

func TestPaint(t *testing.T) {
	t.Setenv("NO_COLOR", "1") // which fatih/color asks for by itself
	p := NewPalette("always", false, env())
	for style, text := range map[Style]string{
		Plain:          "x",
		Bad:            "\x1b[31;1mx\x1b[0;22m",
		Warn:           "\x1b[33mx\x1b[0m",
		Good:           "\x1b[32mx\x1b[0m",
		Faint:          "\x1b[2mx\x1b[22m",
		Bold:           "\x1b[1mx\x1b[22m",
		Changed:        "\x1b[7mx\x1b[27m",
		Good | Changed: "\x1b[7;32mx\x1b[27;0m",
		Bold + 1:       "x",
	} {
		want(t, p.Paint(style, "x"), text)
	}
	want(t, p.Paint(Bad, ""), "")
	want(t, (*Palette)(nil).Paint(Bad, "x"), "x")
}
