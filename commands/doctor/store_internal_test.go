package doctor

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/host"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// TestDoctorNamesTheStore: a server that refuses background jobs because its store is away is reported with the store, its
// address and one command, which restarts gearmand too if it would never use the store again.
func TestDoctorNamesTheStore(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	up := silent.Addr().(*net.TCPAddr)
	for _, c := range []struct {
		name    string
		version string
		options []string
		want    []string // in the finding
		fix     string
	}{
		{"Postgres is down", "1.1.20", []string{"-q", "Postgres", "--libpq-conninfo=host=127.0.0.1 port=2 password=secret"}, []string{"its store Postgres at 127.0.0.1:2 cannot be reached: connection refused", "until it is restarted", `g.log: "PQexec:no connection to the server"`}, "systemctl restart postgresql && systemctl restart gearman-job-server"},
		{"Postgres is down, a gearmand that reconnects", "2.0.0", []string{"-q", "Postgres", "--libpq-conninfo=host=127.0.0.1 port=2"}, []string{"its store Postgres at 127.0.0.1:2 cannot be reached"}, "systemctl restart postgresql"},
		{"Postgres is up again", "1.1.20", []string{"-q", "Postgres", fmt.Sprintf("--libpq-conninfo=host=127.0.0.1 port=%d", up.Port)}, []string{"accepts connections, but this gearmand does not use it again"}, "systemctl restart gearman-job-server"},
		{"redis is down", "1.1.20", []string{"-q", "redis", "--redis-server=127.0.0.1", "--redis-port=2"}, []string{"its store redis at 127.0.0.1:2 cannot be reached"}, "systemctl restart redis-server && systemctl restart gearman-job-server"},
		{"MySQL is down", "1.1.20", []string{"-q", "MySQL", "--mysql-host=127.0.0.1", "--mysql-port=2"}, []string{"its store MySQL at 127.0.0.1:2 cannot be reached"}, "systemctl restart mariadb"},
		{"MySQL is up, but refuses", "1.1.20", []string{"-q", "MySQL", "--mysql-host=127.0.0.1", fmt.Sprintf("--mysql-port=%d", up.Port)}, []string{"accepts connections"}, "tail -n 20 /var/log/g.log"},
		{"a socket", "1.1.20", []string{"-q", "Postgres"}, []string{"its store Postgres at /var/run/postgresql/.s.PGSQL.5432 cannot be reached"}, "systemctl restart postgresql && systemctl restart gearman-job-server"},
		{"SQLite", "1.1.20", []string{"-q", "libsqlite3", "--libsqlite3-db=/var/lib/j.db"}, []string{"does not use its store SQLite at /var/lib/j.db again until"}, "systemctl restart gearman-job-server"},
		{"no store", "1.1.20", nil, []string{"name no store (--queue-type)"}, "tail -n 20 /var/log/g.log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			root := treeOf(t, map[string]string{
				"/lib/systemd/system/gearman-job-server.service": "[Service]\nExecStart=/usr/sbin/gearmand\n",
				"/proc/812/cmdline": strings.Join(append([]string{"gearmand", "-l", "/var/log/g.log"}, c.options...), "\x00"),
				"/proc/812/cgroup":  "0::/system.slice/gearman-job-server.service\n",
				"/var/log/g.log":    "  ERROR 2026 [  proc ] PQexec:no connection to the server\n -> libgearman-server/plugins/queue/postgres/queue.cc:289\n",
			})
			v := &serverInspection{host: &inspection{root: root}}
			f := &serverFacts{server: "localhost:4730", snap: &servers.Snapshot{Version: servers.ParseVersion(c.version)}}
			s := &section{}
			v.reportStore(t.Context(), s, f, &wire.ServerError{Code: "QUEUE_ERROR", Text: "QUEUE_ERROR"})
			for _, want := range c.want {
				if !strings.Contains(s.rows[0].Finding, want) {
					t.Errorf("%q is not in %q", want, s.rows[0].Finding)
				}
			}
			if s.rows[0].Fix != c.fix {
				t.Errorf("fix %q, want %q", s.rows[0].Fix, c.fix)
			}
			if strings.Contains(ShowRows(s.rows), "secret") {
				t.Error("the password is shown")
			}
		})
	}
}

// treeOf writes files into a root of their own.
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
