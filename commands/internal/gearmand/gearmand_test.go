package gearmand

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/host"
)

const unitFile = "/lib/systemd/system/gearman-job-server.service"

// treeOf writes files, and links by "-> TARGET", into a root of their own.
func treeOf(t *testing.T, files map[string]string) host.Root {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return host.Root{Dir: root}
}

// TestOptionsAreFoundWhereverTheyStand: in the unit, its drop-ins and its files, in gearmand's own configuration.
func TestOptionsAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // the file that gives --ssl
	}{
		{"nothing", nil, ""},
		{"the unit", map[string]string{unitFile: "[Service]\nExecStart=/usr/sbin/gearmand --ssl\n"}, unitFile},
		{"not a comment", map[string]string{unitFile: "[Service]\n#ExecStart=/usr/sbin/gearmand --ssl\n"}, ""},
		{"its file", map[string]string{unitFile: "[Service]\nEnvironmentFile=-/etc/default/g\nExecStart=gearmand $PARAMS\n", "/etc/default/g": "PARAMS=\"--listen=localhost \\\n --ssl\"\n"}, "/etc/default/g"},
		{"a file that it does not read", map[string]string{unitFile: "[Service]\nExecStart=gearmand\n", "/etc/default/gearman-job-server": "PARAMS=--ssl\n"}, ""},
		{"a drop-in", map[string]string{unitFile: "[Service]\nExecStart=gearmand --ssl\n", "/etc/systemd/system/gearman-job-server.service.d/a.conf": "[Service]\nExecStart=\nExecStart=gearmand\n"}, ""},
		{"sysconfig", map[string]string{"/etc/sysconfig/gearmand": "OPTIONS=\"--ssl --port=4730\"\n"}, "/etc/sysconfig/gearmand"},
		{"its own configuration", map[string]string{unitFile: "[Service]\nExecStart=gearmand\n", "/etc/gearmand.conf": "--port=4730\n--ssl\n"}, "/etc/gearmand.conf"},
		{"another of its own", map[string]string{unitFile: "[Service]\nExecStart=gearmand --config-file=/srv/g.conf\n", "/etc/gearmand.conf": "--port=4730\n", "/srv/g.conf": "--ssl"}, "/srv/g.conf"},
		{"in two words, and not the default", map[string]string{unitFile: "[Service]\nExecStart=gearmand --config-file /srv/g.conf\n", "/etc/gearmand.conf": "--ssl\n", "/srv/g.conf": "--port=1"}, ""},
		{"a comment of its own configuration, which it obeys", map[string]string{unitFile: "[Service]\nExecStart=gearmand\n", "/etc/gearmand.conf": "# was --ssl in May\n"}, "/etc/gearmand.conf"},
		{"right behind the #", map[string]string{unitFile: "[Service]\nExecStart=gearmand\n", "/etc/gearmand.conf": "#--ssl\n"}, ""},
		{"behind a tab, which is none of its blanks", map[string]string{unitFile: "[Service]\nExecStart=gearmand\n", "/etc/gearmand.conf": "--port=4730\t--ssl\n"}, ""},
		{"a variable, of which it has none", map[string]string{unitFile: "[Service]\nExecStart=gearmand\n", "/etc/gearmand.conf": "PARAMS=--ssl\n"}, ""},
		{"a unit of another name", map[string]string{"/etc/systemd/system/gm2.service": "[Service]\nExecStart=/opt/sbin/gearmand --ssl\n"}, "/etc/systemd/system/gm2.service"},
	} {
		got, _ := FromFiles(treeOf(t, c.files))[0].Options.Get("ssl")
		if got.File != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got.File, c.want)
		}
	}
}

func TestAnAliasIsOneService(t *testing.T) {
	t.Parallel()
	root := treeOf(t, map[string]string{
		unitFile:                               "[Service]\nExecStart=gearmand -p 4731\n",
		"/etc/systemd/system/gearmand.service": "-> " + unitFile,
		"/lib/systemd/system/gm2.service":      "[Service]\nExecStart=/usr/sbin/gearmand --port=4732\n",
		"/lib/systemd/system/other.service":    "[Service]\nExecStart=/usr/bin/other --gearmand\n",
	})
	var ports []string
	for _, c := range FromFiles(root) {
		ports = append(ports, c.Options.Port())
	}
	if diff := cmp.Diff([]string{"4731", "4732"}, ports); diff != "" {
		t.Error(diff)
	}
}

// initScript is shaped like those of Red Hat and Debian: their other commands have options with the letters of gearmand's.
const initScript = `#!/bin/sh
# gearmand -p 1
OPTIONS=
sysconf=/etc/sysconfig/gearmand
prog=gearmand
gearmand=/usr/sbin/$prog
pidfile=/run/g.pid
[ -f $sysconf ] && . $sysconf
start() { echo -n "Starting $prog: "
  daemon --pidfile=$pidfile --user=g $gearmand -d --threads=4 \
    $OPTIONS; touch -t $lock && pgrep -f $gearmand >$pidfile; }
stop() { killproc -p $pidfile $gearmand -TERM; rm -f $pidfile|cat -b; }
status -p $pidfile $gearmand
`

// TestOptionsOfOtherCommandsInAnInitScript are not gearmand's.
func TestOptionsOfOtherCommandsInAnInitScript(t *testing.T) {
	t.Parallel()
	root := treeOf(t, map[string]string{
		"/etc/init.d/gearmand":    initScript,
		"/etc/sysconfig/gearmand": "OPTIONS=\"--listen=localhost -p 4731\"\n",
	})
	want := Options{{"daemon", "", "/etc/init.d/gearmand"}, {"threads", "4", "/etc/init.d/gearmand"}, {"listen", "localhost", "/etc/sysconfig/gearmand"}, {"port", "4731", "/etc/sysconfig/gearmand"}}
	got := FromFiles(root)[0].Options
	if diff := cmp.Diff(want, got[:min(len(want), len(got))]); diff != "" {
		t.Error(diff)
	}
	for _, o := range got {
		if !slices.Contains(want, o) {
			t.Errorf("%+v is not an option of gearmand", o)
		}
	}
}

func TestOptionsAreReadAsGearmandDoes(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"gearmand -p 4731 -qPostgres --ssl":          "port=4731 queue-type=Postgres ssl",
		"gearmand -dRp4731":                          "daemon round-robin port=4731",
		"gearmand --queue libsqlite3 --libsqlite3-d": "queue-type=libsqlite3 libsqlite3-db",
		"gearmand --ssl --port=1 --port 2":           "ssl port=1 port=2",
		"gearmand --ssl-k=/k --store":                "ssl-key=/k store-queue-on-shutdown",
		"gearmand --lib=x -z -":                      "lib=x",
		"gearmand --unheard-of x -j":                 "unheard-of=x job-retries",
	} {
		var words []host.Argument
		for w := range strings.FieldsSeq(line) {
			words = append(words, host.Argument{Text: w})
		}
		var got []string
		for _, o := range parseOptions(words) {
			got = append(got, strings.TrimSuffix(o.Name+"="+o.Value, "="))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
	o := Options{{Name: "port", Value: "1"}, {Name: "port", Value: "2"}}
	if o.Port() != "1" {
		t.Error("the first of a name counts: gearmand reads its configuration file after its command line")
	}
}

func TestStoresAndWhereTheyAre(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ options, want, table, host string }{
		{"--queue-type=libsqlite3\n--libsqlite3-db=/var/lib//jobs.db", "SQLite at /var/lib/jobs.db", "gearman_queue", ""},
		{"-q\npostgres\n--libpq-conninfo=host=db.example port=5433 dbname=jobs user=g", "Postgres at db.example:5433", "jobs.queue", "db.example"},
		{"-q\nPostgres\n--libpq-conninfo\npostgresql://g:pw@[::1]/jobs?connect_timeout=3", "Postgres at [::1]:5432", "jobs.queue", "::1"},
		{"-q\nPostgres\n--libpq-conninfo=user='g' hostaddr=10.0.0.1 host=x", "Postgres at 10.0.0.1:5432", "g.queue", "10.0.0.1"},
		{"-q\nPostgres\n--libpq-conninfo=host=/run/pg", "Postgres at /run/pg/.s.PGSQL.5432", "its default database.queue", ""},
		{"-q\nPostgres", "Postgres at /var/run/postgresql/.s.PGSQL.5432", "its default database.queue", ""},
		{"-q\nMySQL\n--mysql-db=d", "MySQL at /var/run/mysqld/mysqld.sock", "d.gearman_queue", ""},
		{"-q\nMySQL\n--mysql-host=127.0.0.1\n--mysql-port=3307\n--mysql-db=d\n--mysql-table=t", "MySQL at 127.0.0.1:3307", "d.t", "127.0.0.1"},
		{"-q\nredis", "redis at 127.0.0.1:6379", "_gear_", "127.0.0.1"},
		{"-q\nredis\n--redis-server=r\n--redis-port=7", "redis at r:7", "_gear_", "r"},
		{"-q\nlibmemcached\n--libmemcached-servers=m:1,n:2", "memcached at m:1", "gear_", "m"},
		{"-q\nlibmemcached\n--libmemcached-servers=m", "memcached at m:11211", "gear_", "m"},
	} {
		var words []host.Argument
		for w := range strings.SplitSeq(c.options, "\n") {
			words = append(words, host.Argument{Text: w})
		}
		s := parseOptions(words).Store()
		if s == nil {
			t.Errorf("%q: no store", c.options)
			continue
		}
		if s.String() != c.want || s.Table != c.table || s.Host() != c.host {
			t.Errorf("%q: got %s, table %s, host %q", c.options, s, s.Table, s.Host())
		}
		if strings.Contains(s.String()+s.Table, "pw") {
			t.Errorf("%q: the password is shown", c.options)
		}
	}
	for _, o := range []Options{nil, {{Name: "queue-type", Value: "builtin"}}, {{Name: "queue-type", Value: "libsqlite3"}}} {
		if s := o.Store(); s != nil {
			t.Errorf("%v: got %s", o, s)
		}
	}
}

// tcp4 and tcp6 are /proc/net/tcp and tcp6 with sockets that listen, and one that is connected.
const (
	tcp4 = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:127A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:127A 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 112 1 0000000000000000 100 0 0 10 0
   2: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 113 1 0000000000000000 100 0 0 10 0
`
	tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:127B 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 114 1 0 100
   1: 00000000000000000000000001000000:127A 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 115 1 0 100
`
)

func TestProcesses(t *testing.T) {
	t.Parallel()
	root := treeOf(t, map[string]string{
		"/proc/12/cmdline":  "/usr/sbin/gearmand\x00--job-retries=3\x00--libpq-conninfo=host=a port=1\x00",
		"/proc/12/limits":   "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n",
		"/proc/12/cgroup":   "0::/system.slice/gearman-job-server.service\n",
		"/proc/12/net/tcp":  tcp4,
		"/proc/12/net/tcp6": tcp6,
		"/proc/12/ns/net":   "-> net:[4026531840]",
		"/proc/12/fd/0":     "-> /dev/null",
		"/proc/12/fd/3":     "-> socket:[111]",
		"/proc/12/fd/4":     "-> socket:[114]",
		"/proc/12/fd/5":     "-> socket:[112]",
		"/proc/13/cmdline":  "gearmand\x00-p\x004731\x00",
		"/proc/14/cmdline":  "/usr/bin/vi\x00gearmand\x00",
		"/proc/15/cmdline":  "",
		"/proc/net/tcp":     "",
	})
	got := Running(root)
	if len(got) != 2 {
		t.Fatalf("got %+v, want two processes", got)
	}
	p := &got[0]
	want := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:4730"), netip.MustParseAddrPort("[::]:4731")}
	if diff := cmp.Diff(want, p.Listening, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if p.PID != "12" || p.Unit != "gearman-job-server" || p.Limit != 1024 || p.HardLimit != 524288 || p.Files != 4 || p.Network != "net:[4026531840]" || p.Options.Value("job-retries", "") != "3" {
		t.Errorf("got %+v", p)
	}
	if other := got[1]; other.Limit != -1 || other.HardLimit != -1 || other.Files != -1 || other.Unit != "" {
		t.Errorf("what is not known of a process: got %+v", other)
	}
	if got := p.RestartCommand(); got != `mapfile -d '' args < /proc/12/cmdline && kill 12 && tail --pid=12 -f /dev/null && "${args[@]}" &` {
		t.Errorf("got %s", got)
	}
	for addr, serves := range map[string][2]bool{
		"127.0.0.1:4730": {true, false}, "10.0.0.1:4730": {false, false}, "[::1]:4730": {true, false},
		"10.0.0.1:4731": {true, true}, "127.0.0.1:8080": {false, false},
		"127.0.0.9:4730": {false, false},
	} {
		at := netip.MustParseAddrPort(addr)
		if s := [2]bool{p.Serves(at), got[1].Serves(at)}; s != serves {
			t.Errorf("%s: got %v, want %v", addr, s, serves)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	root := treeOf(t, map[string]string{"/srv/jobs.db": "", "/var/lib/g": "-> ../../srv"})
	place := func(network string, options ...string) string {
		var words []host.Argument
		for _, o := range options {
			words = append(words, host.Argument{Text: o})
		}
		return parseOptions(words).Store().place(root, network)
	}
	lite := func(file string) []string { return []string{"-qlibsqlite3", "--libsqlite3-db=" + file} }
	redis := func(server string) []string { return []string{"-qredis", "--redis-server=" + server} }
	if place("", lite("/srv/jobs.db")...) != place("", lite("/var/lib/g/jobs.db")...) {
		t.Error("a link leads to the same file")
	}
	if place("", redis("localhost")...) != place("", redis("127.0.0.1")...) {
		t.Error("two names of this host")
	}
	if place("a", redis("localhost")...) == place("b", redis("localhost")...) {
		t.Error("localhost in two networks is two hosts")
	}
	if place("a", redis("r")...) != place("b", redis("r")...) {
		t.Error("another host is the same from everywhere")
	}
	if place("", redis("r")...) == place("", append(redis("r"), "--redis-prefix=x")...) {
		t.Error("two prefixes are two places")
	}
}

func TestTheLastErrorOfTheStore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ log, want string }{
		"none": {"INFO started\nERROR 2026 [  proc ] other -> libgearman-server/server.cc:305\n", ""},
		"one in several lines": {
			"  ERROR 2026-11-30 13:10:42.000000 [  proc ] PQexec:server closed the connection unexpectedly\n\tThis probably means\n -> libgearman-server/plugins/queue/postgres/queue.cc:289\n" +
				"  ERROR 2026-11-30 13:10:42.000000 [  proc ] gearman_server_job_add gearman_server_run_command(QUEUE_ERROR) -> libgearman-server/server.cc:305\n",
			"PQexec:server closed the connection unexpectedly This probably means",
		},
	} {
		root := treeOf(t, map[string]string{"/var/log/g.log": c.log})
		o := Options{{Name: "log-file", Value: "/var/log/g.log"}}
		if got := o.StoreError(root); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// FuzzProcess feeds the readers of /proc with anything.
func FuzzProcess(f *testing.F) {
	f.Add(tcp4, "--port=1 -q", "Max open files 1024 2 files")
	f.Fuzz(func(t *testing.T, table, line, limits string) {
		for _, l := range listeners(table) {
			if !l.addr.IsValid() {
				t.Errorf("%q: %v", table, l)
			}
		}
		var words []host.Argument
		for w := range strings.FieldsSeq(line) {
			words = append(words, host.Argument{Text: w})
		}
		o := parseOptions(words)
		if s := o.Store(); s != nil && s.String() == "" {
			t.Errorf("%q", line)
		}
		fileLimits(limits)
	})
}
