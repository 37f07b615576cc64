package modgearman

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinksAndIncludesAsTheProgramsReadThem: which files of a tree are read, and what is said of the rest.
func TestLinksAndIncludesAsTheProgramsReadThem(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		links map[string]string // from name to target
		path  string
		want  string // the options read, in order
		says  string // a part of the findings with DIR for the directory, "" for none
	}{
		{
			"a directory that is a link",
			map[string]string{"real/b.conf": "hosts=yes", "real/a.cfg": "debug=0"},
			map[string]string{"conf.d": "real"},
			"conf.d", "debug hosts", "DIR/conf.d: error: config: DIR/conf.d is a link to a directory; the Go worker reads nothing in it and does not report it; the C programs follow the link; name the directory itself",
		},
		{
			"an included directory that is a link",
			map[string]string{"a.conf": "debug=0\nconfig=DIR/conf.d\n", "real/b.conf": "hosts=yes"},
			map[string]string{"conf.d": "real"},
			"a.conf", "debug config hosts", "DIR/a.conf:2: error: config: DIR/conf.d is a link to a directory",
		},
		{
			"a link in a directory, to a file and to a directory with and without ending",
			map[string]string{"d/a.conf": "debug=0", "x/f": "hosts=yes", "y/g.cfg": "services=yes"},
			map[string]string{"d/b.conf": "../x/f", "d/c.conf": "../y", "d/e": "../y"},
			"d", "debug hosts services", "DIR/d/c.conf is a link to a directory",
		},
		{
			"other endings", map[string]string{"d/a.conf.rpmnew": "hosts=yes", "d/b.conf~": "hosts=yes", "d/c.conf": "debug=0"}, nil, "d", "debug", "",
		},
		{
			"a dead link",
			map[string]string{"d/a.conf": "debug=0", "d/z.conf": "hosts=yes"},
			map[string]string{"d/m.conf": "gone"},
			"d", "debug hosts", "DIR/d: error: config: cannot read DIR/d/m.conf: it is a link to gone: no such file or directory; its options are missing, and the programs refuse to start",
		},
		{
			"a missing include",
			map[string]string{"a.conf": "config=DIR/gone.conf\ndebug=0\n"},
			nil, "a.conf", "config debug",
			"DIR/a.conf:1: error: config: cannot read DIR/gone.conf: no such file or directory",
		},
		{
			"an include of itself",
			map[string]string{"a.conf": "config=DIR/a.conf\ndebug=0\n"},
			nil, "a.conf", "config debug",
			"DIR/a.conf:1: error: config: DIR/a.conf includes itself; the C programs refuse to start: deep recursion in config files!",
		},
		{
			"an include of itself by a link",
			map[string]string{"a.conf": "config=DIR/b.conf\ndebug=0\n"},
			map[string]string{"b.conf": "a.conf"},
			"a.conf", "config debug",
			"DIR/b.conf includes itself",
		},
		{
			"a directory that a file in it includes", map[string]string{"d/a.conf": "config=DIR/d\ndebug=0\n"}, nil, "d", "config debug", "DIR/d includes itself",
		},
		{
			"a directory in which a link leads back", map[string]string{"d/a.conf": "debug=0"}, map[string]string{"d/b.conf": "."}, "d", "debug", "DIR/d/b.conf includes itself",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, tt.files)
			for name, target := range tt.links {
				if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			c := loadFile(t, filepath.Join(dir, tt.path))
			var read []string
			for _, e := range c.Entries {
				read = append(read, e.Option)
			}
			if got := strings.Join(read, " "); got != tt.want {
				t.Errorf("read %q, want %q", got, tt.want)
			}
			findings := append(c.Findings, c.GoFindings...)
			if got := strings.ReplaceAll(fmt.Sprint(findings), dir, "DIR"); !strings.Contains(got, tt.says) || tt.says == "" && got != "[]" {
				t.Errorf("got %s, want %q", got, tt.says)
			}
			if got := fmt.Sprint(Lint(nil, c)); len(findings) > 0 && !strings.Contains(got, findings[0].String()) {
				t.Errorf("lint of a worker says nothing of it: %s", got)
			}
			if got := fmt.Sprint(Lint(c, nil)); strings.Contains(got, "the Go worker reads nothing") {
				t.Errorf("lint of a module speaks of the Go worker: %s", got)
			}
		})
	}
}

// TestTheGoWorkerReadsLess of links to directories, and nothing that include= names: the C programs read both.
func TestTheGoWorkerReadsLess(t *testing.T) {
	dir := write(t, map[string]string{
		"a.conf": "max-worker=7\nconfig=DIR/link\n", "real/b.conf": "max-worker=8\n",
		"c.conf": "max-worker=7\ninclude=DIR/real/b.conf\nidentifier=me\n",
		"d.conf": "max-worker=7\nconfig=DIR/real\n",
	})
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string][2]int{"a.conf": {8, 7}, "c.conf": {8, 7}, "d.conf": {8, 8}, "link": {8, 20}} {
		c := loadFile(t, filepath.Join(dir, file))
		if inC, inGo := c.Settings(ProgramWorker).MaxWorker, c.Settings(ProgramGoWorker).MaxWorker; inC != want[0] || inGo != want[1] {
			t.Errorf("%s: %d in C, %d in Go, want %d", file, inC, inGo, want)
		}
		if file == "c.conf" && c.Settings(ProgramGoWorker).Identifier != "me" {
			t.Error("the line after an include is not read")
		}
	}
}
