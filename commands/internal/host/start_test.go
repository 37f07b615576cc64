package host

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	workerUnit   = "/lib/systemd/system/mod-gearman-worker.service"
	workerScript = "/etc/init.d/mod_gearman_worker"
)

func TestWordsThatStartAService(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // each word with the file that says it
	}{
		{"a unit", map[string]string{workerUnit: "[Unit]\nExecStart=/no\n[Service]\nExecStart=/bin/w -d --config=/a.conf\n"}, "/bin/w:U -d:U --config=/a.conf:U"},
		{"two lines, quotes, comments", map[string]string{workerUnit: "[Service]\n#ExecStart=/no\n;ExecStart=/no\nExecStart = /bin/w \\\n  \"--config=/a.conf\"\n"}, "/bin/w:U --config=/a.conf:U"},
		{"a drop-in adds", map[string]string{workerUnit: "[Service]\nExecStart=/bin/w\n", "/etc/systemd/system/mod-gearman-worker.service.d/x.conf": "[Service]\nExecStart=/bin/x\n"}, "/bin/w:U /bin/x:x.conf"},
		{"a drop-in replaces", map[string]string{workerUnit: "[Service]\nExecStart=/bin/w\n", "/etc/systemd/system/mod-gearman-worker.service.d/x.conf": "[Service]\nExecStart=\nExecStart=/bin/x\n"}, "/bin/x:x.conf"},
		{"drop-ins in their order, the first of a name", map[string]string{
			workerUnit: "[Service]\nExecStart=w\n",
			"/etc/systemd/system/mod-gearman-worker.service.d/20.conf": "[Service]\nExecStart=c\n",
			"/run/systemd/system/mod-gearman-worker.service.d/20.conf": "[Service]\nExecStart=no\n",
			"/run/systemd/system/mod-gearman-worker.service.d/10.conf": "[Service]\nExecStart=b\n",
			"/run/systemd/system/mod-gearman-worker.service.d/README":  "[Service]\nExecStart=no\n",
		}, "w:U b:10.conf c:20.conf"},
		{"variables", map[string]string{
			workerUnit:                           "[Service]\nEnvironmentFile=-/etc/sysconfig/w\nEnvironment=\"A=/of-unit\" B=b\nExecStart=/bin/w --config=${A} $OPTS $B $C\n",
			"/etc/sysconfig/w":                   "# A=/no\nA=/of-file\nOPTS=\"--x --config=$A/y\"\n",
			"/etc/sysconfig/mod-gearman-worker":  "A=/not-read\n",
			"/etc/default/mod-gearman-worker":    "A=/not-read\n",
			"/etc/systemd/system/other.service":  "[Service]\nExecStart=/no\n",
			"/etc/systemd/system/x.service.d/no": "[Service]\nExecStart=/no\n",
		}, "/bin/w:U --config=/of-file:w --x:w --config=/of-file/y:w b:U"},
		{"a variable of itself", map[string]string{workerUnit: "[Service]\nEnvironment=A=x$A\nExecStart=$A\n"}, "xxxxx$A:U"},
		{"an init script", map[string]string{workerScript: "#!/bin/sh\nCONFIG=/a.conf\n# CONFIG=/no\nexport OPTS=\"-d --config=$CONFIG\"\ndaemon $OPTS\n"}, "daemon:S -d:S --config=/a.conf:S /a.conf:S"},
		{"a script with a default", map[string]string{workerScript: "CONFIG=${CONFIG:-/a.conf}\nw --config=${CONFIG}\n"}, "w:S --config=/a.conf:S /a.conf:S"},
		{"a script with a default, and its file", map[string]string{
			workerScript:                        "CONFIG=${CONFIG:-/a.conf}\nw --config=${CONFIG}\n",
			"/etc/sysconfig/mod_gearman_worker": "CONFIG='/b.conf'\n",
		}, "w:S --config=/b.conf:mod_gearman_worker /b.conf:mod_gearman_worker"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := treeOf(t, c.files)
			var got []string
			for _, name := range []string{"mod-gearman-worker", "mod_gearman_worker"} {
				if i, ok := root.FindService(name); ok {
					for _, w := range root.CommandLine(i) {
						file := w.File[strings.LastIndex(w.File, "/")+1:]
						got = append(got, w.Text+":"+map[string]string{workerUnit: "U", workerScript: "S"}[w.File])
						if strings.HasSuffix(got[len(got)-1], ":") {
							got[len(got)-1] += file
						}
					}
				}
			}
			want := strings.Fields(c.want)
			if c.files[workerScript] != "" { // its variables have no order
				slices.Sort(got)
				slices.Sort(want)
				got, want = slices.Compact(got), slices.Compact(want)
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// treeOf writes files into a tree of their own.
func treeOf(t *testing.T, files map[string]string) Root {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Root{root}
}

// FuzzServiceFiles feeds the readers of units and scripts with anything: what they find stands in the text.
func FuzzServiceFiles(f *testing.F) {
	f.Add("[Service]\nEnvironment=A=b\nExecStart=/bin/w \"--config=${A}\" \\\n $B\n")
	f.Add("#!/bin/sh\nexport A=${A:-x}\nB=$A$B\ndaemon --config=$B\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range serviceSettings(text) {
			if !strings.Contains(joinLines(text), s.Key) || !strings.Contains(joinLines(text), s.Value) {
				t.Errorf("%q: %+v", text, s)
			}
		}
		vars := map[string]Argument{}
		rest := addVariables(vars, text, "f")
		for _, w := range expand([]Argument{{rest, "f"}, {fmt.Sprint(vars), "f"}}, map[string]Argument{"A": {"$B x", "a"}, "B": {"--config=/b", "b"}}) {
			if w.Text == "" || strings.ContainsAny(w.Text, " \t\n") {
				t.Errorf("%q: word %+v", text, w)
			}
		}
	})
}
