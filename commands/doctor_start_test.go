package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	workerUnit   = "/lib/systemd/system/mod-gearman-worker.service"
	workerScript = "/etc/init.d/mod_gearman_worker"
	gearmandUnit = "/lib/systemd/system/gearman-job-server.service"
)

func TestWordsThatStartAService(t *testing.T) {
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
			h := &host{t, t.TempDir()}
			for name, text := range c.files {
				h.write(name, text)
			}
			d := &doctorVisit{tree: tree{h.root}}
			var got []string
			for _, name := range workerServices {
				if i, ok := d.installed(name); ok {
					for _, w := range d.startWords(i) {
						file := w.file[strings.LastIndex(w.file, "/")+1:]
						got = append(got, w.text+":"+map[string]string{workerUnit: "U", workerScript: "S"}[w.file])
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

// TestDoctorFollowsTheServices has services that are started with other files than those in the usual places.
func TestDoctorFollowsTheServices(t *testing.T) {
	const other = "/srv/gearman/dmz.conf"
	unit := func(h *host, exec string) {
		h.write(workerUnit, "[Service]\nUser=naemon\nExecStart=/usr/bin/mod_gearman_worker -d "+exec+"\n[Install]\nWantedBy=multi-user.target\n")
	}
	move := func(h *host) {
		h.write(other, "config=/etc/mod-gearman/shared.d\nhosts=yes\nservices=yes\neventhandler=yes\n")
		h.remove("/etc/mod-gearman/worker.conf")
	}
	sysv := func(h *host, script, config string) {
		h.write(workerScript, script)
		h.write("/etc/sysconfig/mod_gearman_worker", config)
		h.write(other, "server=localhost\nhosts=yes\nservices=yes\neventhandler=yes\nhostgroups=dmz\nencryption=yes\nkeyfile=/etc/mod_gearman/secret.key\n")
		h.remove("/etc/mod_gearman/mod_gearman_worker.conf")
	}
	for _, c := range []struct {
		name string
		host func(testing.TB) *host
		do   func(h *host)
		want seen
	}{
		{"ExecStart", newNaemonHost, func(h *host) { move(h); unit(h, "--config="+other) }, seen{"configuration", "ok", other, "fit together", ""}},
		{"its rights, by the user of a drop-in", newNaemonHost, func(h *host) {
			move(h)
			unit(h, "--config="+other)
			h.write("/etc/systemd/system/mod-gearman-worker.service.d/user.conf", "[Service]\nUser=nobody-we-know\n")
		}, seen{"rights", "unknown", "user nobody-we-know", "is not in /etc/passwd (" + workerUnit + ")", ""}},
		{"a drop-in", newNaemonHost, func(h *host) {
			move(h)
			unit(h, "--config=/etc/mod-gearman/worker.conf")
			h.write("/etc/systemd/system/mod-gearman-worker.service.d/dmz.conf", "[Service]\nExecStart=\nExecStart=/usr/bin/mod_gearman_worker --config="+other+"\n")
		}, seen{"configuration", "ok", other, "fit together", ""}},
		{"a variable in a file", newNaemonHost, func(h *host) {
			move(h)
			unit(h, "--config=${CONFIG}\nEnvironmentFile=-/etc/default/mod-gearman-worker")
			h.write("/etc/default/mod-gearman-worker", "CONFIG="+other+"\n")
		}, seen{"configuration", "ok", other, "fit together", ""}},
		{"a file that is not there", newNaemonHost, func(h *host) { unit(h, "--config=/srv/none.conf"); h.remove("/etc/mod-gearman/worker.conf") }, seen{"configuration", "error", "/srv/none.conf", "cannot be read: no such file or directory, and " + workerUnit + " names it", "readable file"}},
		{"one in the usual place that nothing reads", newNaemonHost, func(h *host) {
			move(h)
			unit(h, "--config="+other)
			h.write("/etc/mod-gearman/worker.conf", "config=/etc/mod-gearman/shared.d\nhosts=yes\n")
		}, seen{"configuration", "warning", "/etc/mod-gearman/worker.conf", "no service starts a worker with it", "--config=/etc/mod-gearman/worker.conf"}},
		{"what cannot be told", newNaemonHost, func(h *host) { unit(h, "--config=/etc/%i.conf") }, seen{"configuration", "ok", "/etc/mod-gearman/worker.conf", "fit together", ""}},
		{"an init script", func(t testing.TB) *host { return newHost(t, "localhost") }, func(h *host) {
			sysv(h, "#!/bin/sh\nUSER=nagios\nCONFIG="+other+"\nCMD=\"w -d --config=$CONFIG\"\n", "")
		}, seen{"configuration", "ok", other, "fit together", ""}},
		{"an init script and sysconfig", func(t testing.TB) *host { return newHost(t, "localhost") }, func(h *host) {
			sysv(h, "#!/bin/sh\nUSER=nagios\nCONFIG=/etc/none.conf\n. /etc/sysconfig/mod_gearman_worker\nw --config=$CONFIG\n", "CONFIG="+other+"\n")
		}, seen{"rights", "ok", other, "nagios may read it", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := c.host(t)
			c.do(h)
			rows, r := h.visit("--offline")
			onlyFinding(t, rows, c.want)
			if want := codeFor(c.want.state); r.code != want {
				t.Errorf("code %d, want %d\n%s", r.code, want, show(rows))
			}
		})
	}
}

// TestDoctorReadsHowGearmandIsStarted looks for its options wherever they stand.
func TestDoctorReadsHowGearmandIsStarted(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing", nil, ""},
		{"the unit", map[string]string{gearmandUnit: "[Service]\nExecStart=/usr/sbin/gearmand --ssl\n"}, gearmandUnit},
		{"not a comment", map[string]string{gearmandUnit: "[Service]\n#ExecStart=/usr/sbin/gearmand --ssl\n"}, ""},
		{"its file", map[string]string{gearmandUnit: "[Service]\nEnvironmentFile=-/etc/default/g\nExecStart=gearmand $PARAMS\n", "/etc/default/g": "PARAMS=\"--listen=localhost \\\n --ssl\"\n"}, "/etc/default/g"},
		{"a file that it does not read", map[string]string{gearmandUnit: "[Service]\nExecStart=gearmand\n", "/etc/default/gearman-job-server": "PARAMS=--ssl\n"}, ""},
		{"a drop-in", map[string]string{gearmandUnit: "[Service]\nExecStart=gearmand --ssl\n", "/etc/systemd/system/gearman-job-server.service.d/a.conf": "[Service]\nExecStart=\nExecStart=gearmand\n"}, ""},
		{"sysconfig", map[string]string{"/etc/sysconfig/gearmand": "OPTIONS=\"--ssl --port=4730\"\n"}, "/etc/sysconfig/gearmand"},
		{"its own configuration", map[string]string{gearmandUnit: "[Service]\nExecStart=gearmand\n", "/etc/gearmand.conf": "--port=4730\n--ssl\n"}, "/etc/gearmand.conf"},
		{"another of its own", map[string]string{gearmandUnit: "[Service]\nExecStart=gearmand --config-file=/srv/g.conf\n", "/etc/gearmand.conf": "--port=4730\n", "/srv/g.conf": "--ssl"}, "/srv/g.conf"},
		{"in two words, and not the default", map[string]string{gearmandUnit: "[Service]\nExecStart=gearmand --config-file /srv/g.conf\n", "/etc/gearmand.conf": "--ssl\n", "/srv/g.conf": "--port=1"}, ""},
	} {
		h := &host{t, t.TempDir()}
		for name, text := range c.files {
			h.write(name, text)
		}
		if got := (&doctorVisit{tree: tree{h.root}}).gearmandOption("--ssl"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzServiceFiles feeds the readers of units and scripts with anything: what they find stands in the text.
func FuzzServiceFiles(f *testing.F) {
	f.Add("[Service]\nEnvironment=A=b\nExecStart=/bin/w \"--config=${A}\" \\\n $B\n")
	f.Add("#!/bin/sh\nexport A=${A:-x}\nB=$A$B\ndaemon --config=$B\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range serviceSettings(text) {
			if !strings.Contains(joinedLines(text), s.key) || !strings.Contains(joinedLines(text), s.value) {
				t.Errorf("%q: %+v", text, s)
			}
		}
		vars := map[string]startWord{}
		rest := addVariables(vars, text, "f")
		for _, w := range expanded([]startWord{{rest, "f"}, {fmt.Sprint(vars), "f"}}, map[string]startWord{"A": {"$B x", "a"}, "B": {"--config=/b", "b"}}) {
			if w.text == "" || strings.ContainsAny(w.text, " \t\n") {
				t.Errorf("%q: word %+v", text, w)
			}
		}
	})
}
