package doctor

import (
	"os"
	"path/filepath"
	"testing"

	"gearctl/commands/internal/host"
)

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
func treeOf(t *testing.T, files map[string]string) host.Root {
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
	return host.Root{Dir: root}
}
