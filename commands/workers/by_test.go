package workers_test

import (
	"fmt"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

func TestWorkersBy(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	status := func(name, version string, n int) string {
		return fmt.Sprintf("%s has %d worker and is working on 1 jobs. Version: %s|worker=%d;;;1;50 jobs=9c", name, n, version, n)
	}
	for _, addr := range []string{a, b} { // w1 serves both servers
		servertest.ServeAnswers(t, addr, status("w1", "5.2.4", 5), "worker_w1", "host")
	}
	servertest.ServeAnswers(t, a, status("w2", "5.2.4", 3), "worker_w2", "host", "service")
	servertest.ServeAnswers(t, b, status("w3", "1.5.1", 1), "worker_w3", "service")
	servertest.NewSilentWorker(t, b, "perfdata")
	change := commandtest.Contexts(t, fmt.Sprintf("contexts:\n  a: {servers: '%s', labels: {site: berlin, hosts: x}}\n  b: {servers: '%s'}\n  all: {group: [a, b]}\n  ro: {servers: '%s', read_only: true}\n", a, b, b))
	for _, test := range []struct {
		line string
		code int
		want string
	}{
		{"--context all workers --by version", 0, `
VERSION  SERVERS  HOSTS  CONNECTIONS  QUEUES  REPORTING  WORKERS  BUSY
1.5.1          1      1            1       1          1        1     1
5.2.4          2      1            3       2          2        8     2
-              1      1            1       1          0        0     0
`},
		{"--context all workers --by site -o csv", 0, "\nsite,servers,hosts,connections,queues\nberlin,1,1,2,4\n,1,1,3,5\n"},
		{"--context all workers --by hosts --wide -o jsonl", 0, "\n" + `{"label_hosts":"x","servers":1,"hosts":1,"connections":2,"queues":2,"reporting":2,"workers":8,"busy":2}` + "\n" +
			`{"label_hosts":null,"servers":1,"hosts":1,"connections":3,"queues":3,"reporting":2,"workers":6,"busy":2}` + "\n"},
		{"--context all workers --by queue host service", 0, `
QUEUE    SERVERS  HOSTS  CONNECTIONS  QUEUES
host           2      1            3       1
service        2      1            2       1
`},
		{"--context all workers --by host --columns host,connections", 0, "\nHOST       CONNECTIONS\n127.0.0.1            5\n"},
		{"--context all workers --by server --columns connections --sort -connections", 0, "\nCONNECTIONS\n          3\n          2\n"},
		{"--context all workers --by nosuch", 2, "\n"},
		{"--context ro workers --by version", 2, "\n"},
		{"--context all workers --by site --wait 2", 2, "\n"},
		{"-s nowhere.invalid workers --by server", 3, "\n"},
	} {
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, strings.Fields(test.line)...)
		if got := "\n" + r.Stdout; r.Code != test.code || got != test.want {
			t.Errorf("%s: code %d, stderr %s\ngot%s\nwant code %d%s", test.line, r.Code, r.Stderr, got, test.code, test.want)
		}
	}
}

// TestWorkersByShowsWhereThereAreNone: a server or site without workers has a row, and where it can have none it is named.
func TestWorkersByShowsWhereThereAreNone(t *testing.T) {
	t.Parallel()
	a, b, c := servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t)
	servertest.NewSilentWorker(t, a, "perfdata")
	change := commandtest.Contexts(t, fmt.Sprintf("contexts:\n  a: {servers: '%s', labels: {site: berlin}}\n  b: {servers: '%s', labels: {site: munich}}\n  c: {servers: '%s', labels: {site: berlin}}\n  all: {group: [a, b, c]}\n", a, b, c))
	for _, test := range []struct {
		line           string
		code           int
		stdout, stderr string
	}{
		{"--by site", 0, "site,servers,hosts,connections,queues\nberlin,2,1,1,1\nmunich,1,0,0,0\n", ""},
		{"--by site --wide", 0, "site,servers,hosts,connections,queues,reporting,workers,busy\nberlin,2,1,1,1,0,0,0\nmunich,1,0,0,0,0,0,0\n", ""},
		{"--by site perfdata", 0, "site,servers,hosts,connections,queues\nberlin,2,1,1,1\nmunich,1,0,0,0\n", ""},
		{"--by server --columns connections --sort -connections", 0, "connections\n1\n0\n0\n", ""},
		{"--by queue", 0, "queue,servers,hosts,connections,queues\nperfdata,1,1,1,1\n", "no workers on " + b + ", " + c + "\n"},
		{"--by host --columns connections", 0, "connections\n1\n", "no workers on " + b + ", " + c + "\n"},
		{"--by version --columns version,servers", 0, "version,servers\n,1\n", "no workers on " + b + ", " + c + "\n"},
		{"--by site nosuch", 1, "", "gearctl: no worker serves queue \"nosuch\"\n"},
	} {
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, append([]string{"--context", "all", "workers", "-o", "csv"}, strings.Fields(test.line)...)...)
		if r.Code != test.code || r.Stdout != test.stdout || r.Stderr != test.stderr {
			t.Errorf("%s: code %d, want %d\ngot\n%s%s\nwant\n%s%s", test.line, r.Code, test.code, r.Stdout, r.Stderr, test.stdout, test.stderr)
		}
	}
}
