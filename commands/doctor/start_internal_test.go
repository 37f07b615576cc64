package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWordsThatStartAService(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // each word with the file that says it
	}{
		{"a unit", map[string]string{WorkerUnit: "[Unit]\nExecStart=/no\n[Service]\nExecStart=/bin/w -d --config=/a.conf\n"}, "/bin/w:U -d:U --config=/a.conf:U"},
		{"two lines, quotes, comments", map[string]string{WorkerUnit: "[Service]\n#ExecStart=/no\n;ExecStart=/no\nExecStart = /bin/w \\\n  \"--config=/a.conf\"\n"}, "/bin/w:U --config=/a.conf:U"},
		{"a drop-in adds", map[string]string{WorkerUnit: "[Service]\nExecStart=/bin/w\n", "/etc/systemd/system/mod-gearman-worker.service.d/x.conf": "[Service]\nExecStart=/bin/x\n"}, "/bin/w:U /bin/x:x.conf"},
		{"a drop-in replaces", map[string]string{WorkerUnit: "[Service]\nExecStart=/bin/w\n", "/etc/systemd/system/mod-gearman-worker.service.d/x.conf": "[Service]\nExecStart=\nExecStart=/bin/x\n"}, "/bin/x:x.conf"},
		{"drop-ins in their order, the first of a name", map[string]string{
			WorkerUnit: "[Service]\nExecStart=w\n",
			"/etc/systemd/system/mod-gearman-worker.service.d/20.conf": "[Service]\nExecStart=c\n",
			"/run/systemd/system/mod-gearman-worker.service.d/20.conf": "[Service]\nExecStart=no\n",
			"/run/systemd/system/mod-gearman-worker.service.d/10.conf": "[Service]\nExecStart=b\n",
			"/run/systemd/system/mod-gearman-worker.service.d/README":  "[Service]\nExecStart=no\n",
		}, "w:U b:10.conf c:20.conf"},
		{"variables", map[string]string{
			WorkerUnit:                           "[Service]\nEnvironmentFile=-/etc/sysconfig/w\nEnvironment=\"A=/of-unit\" B=b\nExecStart=/bin/w --config=${A} $OPTS $B $C\n",
			"/etc/sysconfig/w":                   "# A=/no\nA=/of-file\nOPTS=\"--x --config=$A/y\"\n",
			"/etc/sysconfig/mod-gearman-worker":  "A=/not-read\n",
			"/etc/default/mod-gearman-worker":    "A=/not-read\n",
			"/etc/systemd/system/other.service":  "[Service]\nExecStart=/no\n",
			"/etc/systemd/system/x.service.d/no": "[Service]\nExecStart=/no\n",
		}, "/bin/w:U --config=/of-file:w --x:w --config=/of-file/y:w b:U"},
		{"a variable of itself", map[string]string{WorkerUnit: "[Service]\nEnvironment=A=x$A\nExecStart=$A\n"}, "xxxxx$A:U"},
		{"an init script", map[string]string{WorkerScript: "#!/bin/sh\nCONFIG=/a.conf\n# CONFIG=/no\nexport OPTS=\"-d --config=$CONFIG\"\ndaemon $OPTS\n"}, "daemon:S -d:S --config=/a.conf:S /a.conf:S"},
		{"a script with a default", map[string]string{WorkerScript: "CONFIG=${CONFIG:-/a.conf}\nw --config=${CONFIG}\n"}, "w:S --config=/a.conf:S /a.conf:S"},
		{"a script with a default, and its file", map[string]string{
			WorkerScript:                        "CONFIG=${CONFIG:-/a.conf}\nw --config=${CONFIG}\n",
			"/etc/sysconfig/mod_gearman_worker": "CONFIG='/b.conf'\n",
		}, "w:S --config=/b.conf:mod_gearman_worker /b.conf:mod_gearman_worker"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &inspection{root: treeOf(t, c.files)}
			var got []string
			for _, name := range workerServices {
				if i, ok := d.findService(name); ok {
					for _, w := range d.commandLine(i) {
						file := w.file[strings.LastIndex(w.file, "/")+1:]
						got = append(got, w.text+":"+map[string]string{WorkerUnit: "U", WorkerScript: "S"}[w.file])
						if strings.HasSuffix(got[len(got)-1], ":") {
							got[len(got)-1] += file
						}
					}
				}
			}
			want := strings.Fields(c.want)
			if c.files[WorkerScript] != "" { // its variables have no order
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

// TestDoctorReadsHowGearmandIsStarted looks for its options wherever they stand.
func TestDoctorReadsHowGearmandIsStarted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing", nil, ""},
		{"the unit", map[string]string{GearmandUnit: "[Service]\nExecStart=/usr/sbin/gearmand --ssl\n"}, GearmandUnit},
		{"not a comment", map[string]string{GearmandUnit: "[Service]\n#ExecStart=/usr/sbin/gearmand --ssl\n"}, ""},
		{"its file", map[string]string{GearmandUnit: "[Service]\nEnvironmentFile=-/etc/default/g\nExecStart=gearmand $PARAMS\n", "/etc/default/g": "PARAMS=\"--listen=localhost \\\n --ssl\"\n"}, "/etc/default/g"},
		{"a file that it does not read", map[string]string{GearmandUnit: "[Service]\nExecStart=gearmand\n", "/etc/default/gearman-job-server": "PARAMS=--ssl\n"}, ""},
		{"a drop-in", map[string]string{GearmandUnit: "[Service]\nExecStart=gearmand --ssl\n", "/etc/systemd/system/gearman-job-server.service.d/a.conf": "[Service]\nExecStart=\nExecStart=gearmand\n"}, ""},
		{"sysconfig", map[string]string{"/etc/sysconfig/gearmand": "OPTIONS=\"--ssl --port=4730\"\n"}, "/etc/sysconfig/gearmand"},
		{"its own configuration", map[string]string{GearmandUnit: "[Service]\nExecStart=gearmand\n", "/etc/gearmand.conf": "--port=4730\n--ssl\n"}, "/etc/gearmand.conf"},
		{"another of its own", map[string]string{GearmandUnit: "[Service]\nExecStart=gearmand --config-file=/srv/g.conf\n", "/etc/gearmand.conf": "--port=4730\n", "/srv/g.conf": "--ssl"}, "/srv/g.conf"},
		{"in two words, and not the default", map[string]string{GearmandUnit: "[Service]\nExecStart=gearmand --config-file /srv/g.conf\n", "/etc/gearmand.conf": "--ssl\n", "/srv/g.conf": "--port=1"}, ""},
	} {
		if got := (&inspection{root: treeOf(t, c.files)}).gearmandOption("--ssl"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// treeOf writes files into a tree of their own.
func treeOf(t *testing.T, files map[string]string) rootFS {
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
	return rootFS{root}
}

// FuzzServiceFiles feeds the readers of units and scripts with anything: what they find stands in the text.
func FuzzServiceFiles(f *testing.F) {
	f.Add("[Service]\nEnvironment=A=b\nExecStart=/bin/w \"--config=${A}\" \\\n $B\n")
	f.Add("#!/bin/sh\nexport A=${A:-x}\nB=$A$B\ndaemon --config=$B\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range serviceSettings(text) {
			if !strings.Contains(joinLines(text), s.key) || !strings.Contains(joinLines(text), s.value) {
				t.Errorf("%q: %+v", text, s)
			}
		}
		vars := map[string]argument{}
		rest := addVariables(vars, text, "f")
		for _, w := range expand([]argument{{rest, "f"}, {fmt.Sprint(vars), "f"}}, map[string]argument{"A": {"$B x", "a"}, "B": {"--config=/b", "b"}}) {
			if w.text == "" || strings.ContainsAny(w.text, " \t\n") {
				t.Errorf("%q: word %+v", text, w)
			}
		}
	})
}
