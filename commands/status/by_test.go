package status_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// aFleet has jobs without a worker on two servers, and one server that never answers.
func aFleet() servertest.FleetOptions {
	return servertest.FleetOptions{
		Servers: 6, Queues: 3, Silent: 1,
		Version: func(server int) string { return []string{"1.1.19.1", "1.1.20"}[server%2] },
		Waiting: func(server, queue int) int {
			if queue == 0 && server < 2 {
				return 5 + server
			}
			return queue
		},
		Workers: func(_, queue int) int { return queue },
	}
}

func TestStatusBy(t *testing.T) {
	t.Parallel()
	_, change := fleetEnv(t, aFleet(), "  prod: {group: [gm000, gm001]}\n  dead: {servers: 'nowhere:4730', labels: {site: oslo}}\n  mixed: {group: [gm001, dead]}\n  plain: {servers: 'gm000:4730'}\n  half: {group: [gm000, plain2]}\n  plain2: {servers: 'gm002:4730'}\n")
	for _, test := range []struct {
		line string
		code int
		want string
	}{
		{"--context fleet status --by server", 4, `
SERVER      VERSION   QUEUES  WAITING  RUNNING  WORKERS  PROBLEM
gm000:4730  1.1.19.1       3        8        0        2  queue0000: 5 jobs waiting without a worker
gm001:4730  1.1.20         3        9        0        2  queue0000: 6 jobs waiting without a worker
gm002:4730  1.1.19.1       3        3        0        2  -
gm003:4730  1.1.20         3        3        0        2  -
gm004:4730  1.1.19.1       3        3        0        2  -
gm005:4730  -              -        -        -        -  no answer in time
`},
		{"--context fleet status --by site", 4, `
SITE    SERVERS  ANSWERING  VERSIONS  QUEUES  WAITING  RUNNING  WORKERS  PROBLEM
berlin        2          2  1.1.19.1       6       11        0        4  queue0000 on gm000:4730: 5 jobs waiting without a worker
munich        2          1  1.1.20         3        9        0        2  gm005:4730: no answer in time; 1 more
paris         1          1  1.1.19.1       3        3        0        2  -
rome          1          1  1.1.20         3        3        0        2  -
`},
		{"--context fleet status --by queue --sort -waiting queue000[01]", 4, `
QUEUE      SERVERS  WAITING  RUNNING  WORKERS  PROBLEM
queue0000        5       11        0        0  gm001:4730: 6 jobs waiting without a worker; 1 more
queue0001        5        5        0        5  -
`},
		{"--context fleet status --by stage -o csv --waiting queue0000", 4, `
stage,servers,answering,versions,queues,waiting,running,workers,problems,problem
prod,5,4,1.1.19.1 1.1.20,2,11,0,0,3,gm005:4730: no answer in time; 2 more
test,1,1,1.1.19.1,0,0,0,0,0,
`},
		{"--context prod status --by server -o jsonl", 0, `
{"server":"gm000:4730","labels":{"site":"berlin","stage":"prod"},"servers":1,"answering":1,"version":"1.1.19.1","queues":3,"waiting":8,"running":0,"workers":2,"problems":1,"problem":"queue0000: 5 jobs waiting without a worker"}
{"server":"gm001:4730","labels":{"site":"munich","stage":"prod"},"servers":1,"answering":1,"version":"1.1.20","queues":3,"waiting":9,"running":0,"workers":2,"problems":1,"problem":"queue0000: 6 jobs waiting without a worker"}
`},
		{"--context mixed status --by site -o tsv --no-headers", 4, "\nmunich\t1\t1\t1.1.20\t3\t9\t0\t2\t1\tqueue0000 on gm001:4730: 6 jobs waiting without a worker\noslo\t1\t0\t\t\t\t\t\t1\tnowhere:4730: cannot be reached: connection refused\n"},
		{"--context half status --by site --columns site,servers", 0, "\nSITE    SERVERS\nberlin        1\n-             1\n"},
		{"--context dead status --by server --columns server,waiting,problem", 3, "\nSERVER        WAITING  PROBLEM\nnowhere:4730        -  cannot be reached: connection refused\n"},
		{"-s gm000 status --by server -o template={{.server}}:{{.waiting}}:{{.problems}}", 0, "\ngm000:4730:8:1\n"},
		{"--context prod status --by queue nosuch", 1, "\nno queues\n"},
		{"--context fleet status --by sit", 2, ""},
		{"-s gm000 status --by site", 2, ""},
		{"--context prod status --by server --priority", 2, ""},
		{"--context prod status --by server --columns nosuch", 2, ""},
	} {
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, strings.Fields("--timeout 300ms "+test.line)...)
		if got := "\n" + r.Stdout; r.Code != test.code || got != test.want && r.Stdout != test.want {
			t.Errorf("%s: code %d, stderr %s\ngot%s\nwant code %d%s", test.line, r.Code, r.Stderr, got, test.code, test.want)
		}
	}
}

// What is wrong on stderr is one line for all servers that did not answer.
func TestStatusByNamesServersThatDidNotAnswer(t *testing.T) {
	t.Parallel()
	_, change := fleetEnv(t, servertest.FleetOptions{Servers: 8, Silent: 7}, "")
	r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, strings.Fields("--context fleet status --by server -o json --timeout 200ms")...)
	want := "gearctl: 7 of 8 servers did not answer: gm001:4730 (no answer in time), gm002:4730 (no answer in time), gm003:4730 (no answer in time), " +
		"gm004:4730 (no answer in time), gm005:4730 (no answer in time), and 2 more\nhint: it accepts connections"
	var rows []map[string]any
	if err := json.Unmarshal([]byte(r.Stdout), &rows); err != nil || len(rows) != 8 || r.Code != 4 || !strings.HasPrefix(r.Stderr, want) {
		t.Errorf("code %d, %d rows, %v, stderr\n%s\nwant\n%s", r.Code, len(rows), err, r.Stderr, want)
	}
}

// frames runs a watch in a bubble for a time, and returns what it wrote.
func frames(t *testing.T, change func(*cli.Env), during time.Duration, line string) string {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(during, func() { cancel(commandtest.Interrupted) })
	var out bytes.Buffer
	r := commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) {
		change(e)
		e.Stdout = &out
		e.Now = func() time.Time { return time.Now().UTC() }
	}, strings.Fields(line)...)
	if r.Code != 0 {
		t.Errorf("%s: code %d, %s", line, r.Code, r.Stderr)
	}
	return out.String()
}

// While a server is silent, the others are shown at every interval, and it with what it last answered and since when.
func TestWatchOfAServerThatBecomesSilent(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"--context a status --by server --watch --columns server,queues,problem,age_seconds": {
			"SERVER    QUEUES  PROBLEM  AGE_SECONDS\ngm1:4730       1  -            0.000 s\ngm2:4730       1  -            0.000 s\n",
			"00:00:07\n\nSERVER    QUEUES  PROBLEM  AGE_SECONDS\ngm1:4730       1  -            1.000 s\ngm2:4730       1  -            3.000 s\n",
			"00:00:08\n\nSERVER    QUEUES  PROBLEM                               AGE_SECONDS\n" +
				"gm1:4730       1  -                                         0.000 s\ngm2:4730       1  silent since 00:00:04: no answer yet      4.000 s\n",
			"00:00:12\n\nSERVER    QUEUES  PROBLEM                                   AGE_SECONDS\n" +
				"gm1:4730       1  -                                             0.000 s\ngm2:4730       1  silent since 00:00:04: no answer in time      8.000 s\n",
		},
		"--context a status --watch": {
			"00:00:04\n\nSERVER    QUEUE  TOTAL  WAITING  RUNNING  WORKERS\ngm1:4730  q          0        0        0        0\ngm2:4730  q          0        0        0        0\n\n",
			"00:00:08\n\nSERVER    QUEUE  TOTAL  WAITING  RUNNING  WORKERS  AGE_SECONDS\n" +
				"gm1:4730  q          0        0        0        0            -\ngm2:4730  q          0        0        0        0      4.000 s\n\ngearctl: gm2:4730: silent since 00:00:04: no answer yet\n",
		},
		"--context a status --watch -o csv --columns server": {"server\n" + strings.Repeat("gm1:4730\ngm2:4730\n", 3) + strings.Repeat("gm1:4730\n", 5)},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := servertest.NewNetwork()
				change := commandtest.Contexts(t, "contexts: {a: {servers: [gm1, gm2]}}\n")
				env := func(e *cli.Env) { change(e); e.NetDial = network.Dial }
				for _, s := range []string{"gm1:4730", "gm2:4730"} {
					network.Embedded(t, s)
					commandtest.WantRun(t, commandtest.GearctlEnv(t.Context(), strings.NewReader(""), env, "-s", s, "queue", "create", "q"), 0)
				}
				time.AfterFunc(5*time.Second, func() { network.Silence("gm2:4730") })
				got := frames(t, env, 15*time.Second-time.Millisecond, line)
				for _, w := range want {
					if !strings.Contains(got, w) {
						t.Fatalf("got\n%s\nwant\n%s", got, w)
					}
				}
			})
		})
	}
}

// In a watch the problem that has lasted longest is shown, and for how long.
func TestWatchShowsTheOldestProblem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, change := fleetEnv(t, servertest.FleetOptions{Servers: 1, Queues: 2, Waiting: func(_, queue int) int { return 1 - queue }}, "")
		time.AfterFunc(5*time.Second, func() {
			for range 9 {
				commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, "--context", "fleet", "submit", "-b", "queue0001", "x")
			}
		})
		got := frames(t, change, 10*time.Second-time.Millisecond, "--context fleet status --by server --watch --columns problem,problem_seconds")
		want := "00:00:08\n\nPROBLEM                                            PROBLEM_SECONDS\nqueue0000: 1 job waiting without a worker; 1 more          8.000 s\n"
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}
