package modgearman

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// findingsOf returns the findings of a configuration as text.
func findingsOf(c *Config) string { return fmt.Sprint(c.Findings) }

// TestTheSameFileIncludedTwice is no circle.
func TestTheSameFileIncludedTwice(t *testing.T) {
	c := loadFile(t, filepath.Join(write(t, map[string]string{
		"a.conf": "config=DIR/b.conf\nconfig=DIR/b.conf\nidentifier=me\n", "b.conf": "hosts=yes\n",
	}), "a.conf"))
	if len(c.Findings) != 0 || len(c.Files) != 3 {
		t.Errorf("findings %v of %q", c.Findings, c.Files)
	}
}

func TestIncludesAreBounded(t *testing.T) {
	files := map[string]string{}
	for i := range maxIncludeDepth + 3 {
		files[fmt.Sprintf("%d.conf", i)] = fmt.Sprintf("config=DIR/%d.conf\n", i+1)
	}
	deep := loadFile(t, filepath.Join(write(t, files), "0.conf"))
	if got := findingsOf(deep); !strings.Contains(got, fmt.Sprintf("included more than %d levels deep", maxIncludeDepth)) {
		t.Errorf("%d levels: %s", maxIncludeDepth+3, got)
	}
	if len(deep.Files) != maxIncludeDepth {
		t.Errorf("%d levels of %d were read, want %d", len(deep.Files), maxIncludeDepth+3, maxIncludeDepth)
	}
	wide := map[string]string{"main.conf": "config=DIR/many\n"}
	for i := range maxConfigFiles + 2 {
		wide[fmt.Sprintf("many/%04d.conf", i)] = "debug=0\n"
	}
	c := loadFile(t, filepath.Join(write(t, wide), "main.conf"))
	if got := findingsOf(c); len(c.Files) != maxConfigFiles || !strings.Contains(got, fmt.Sprintf("would be the file number %d", maxConfigFiles+1)) {
		t.Errorf("%d files were read, want %d: %.200s", len(c.Files), maxConfigFiles, got)
	}
}

func TestLinesThatAreTooLong(t *testing.T) {
	for _, tt := range []struct {
		length  int
		finding string
	}{
		{65535, "[]"},
		{65536, "longer than 65535 bytes"},
		{1 << 20, "longer than a megabyte"},
	} {
		c := load(t, "server=a\n#"+strings.Repeat("x", tt.length-1)+"\nidentifier=me\n")
		got := findingsOf(c)
		if !strings.Contains(got, tt.finding) || tt.finding != "[]" && c.Findings[0].Line != 2 {
			t.Errorf("%d bytes: %.300s, want %q in line 2", tt.length, got, tt.finding)
		}
		if read := c.Has("identifier"); read != (tt.length < 1<<20) {
			t.Errorf("%d bytes: the line after it was read: %v", tt.length, read)
		}
	}
}

// TestAnIncludeThatCannotBeReadIsReported also if it is a directory in which a file cannot be read.
func TestAnIncludeThatCannotBeReadIsReported(t *testing.T) {
	dir := write(t, map[string]string{"a.conf": "server=a\nconfig=DIR/sub\n", "sub/a.conf/x": "", "sub/b.conf": "hosts=yes\nconfig=/dev/zero\n"})
	c := loadFile(t, filepath.Join(dir, "a.conf"))
	if got := findingsOf(c); !strings.Contains(got, "cannot read /dev/zero") || !strings.Contains(got, "a device") || len(c.Findings) != 1 || c.Findings[0].Line != 2 {
		t.Errorf("got %s", got)
	}
	if !c.Has("hosts") {
		t.Error("the file beside it was not read")
	}
}

// TestARestOfALineThatIsTooLong is a line of its own to C, and the Go worker reads nothing of the file after it.
func TestARestOfALineThatIsTooLong(t *testing.T) {
	c := load(t, "max-worker=3\n#"+strings.Repeat("x", maxConfigLine-1)+"max-jobs=7\nidentifier=me\n")
	for name, want := range map[string][2]string{"max-worker": {"3", "3"}, "max-jobs": {"7", "7"}, "identifier": {"me", ""}} {
		for _, v := range c.Values() {
			if v.Option.Name != name {
				continue
			}
			if v.C != want[0] || name != "max-jobs" && v.Go != want[1] {
				t.Errorf("%s: C %q, Go %q, want %q", name, v.C, v.Go, want)
			}
		}
	}
}
