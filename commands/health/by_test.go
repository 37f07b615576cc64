package health_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// With --by there is a line and a set of performance data for each value of the label, and the worst decides.
func TestHealthBy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testHealthBy)
}

func testHealthBy(t *testing.T) {
	network := servertest.NewNetwork()
	f := servertest.StartFleet(t, servertest.FleetOptions{
		Network: network, Servers: 5, Queues: 2, Silent: 1,
		Waiting: func(server, queue int) int { return (1 - queue) * server },
		Workers: func(server, _ int) int { return (server + 1) % 2 },
	})
	contexts := commandtest.Contexts(t, f.Contexts()+"  well: {group: [gm000, gm002]}\n  plain: {servers: 'gm000:4730'}\n  some: {group: [gm001, plain2]}\n  plain2: {servers: 'gm002:4730'}\n")
	change := func(e *cli.Env) { contexts(e); e.NetDial = network.Dial }
	for _, test := range []struct {
		line string
		code int
		want string
	}{
		{"--context fleet health --by site", 2, `CRITICAL: berlin: gm004:4730: no answer within 2s; munich: queue0000 on gm001:4730: 1 job waiting without a worker; rome: queue0000 on gm003:4730: 3 jobs waiting without a worker` +
			`|berlin/servers=1;;;0;2 berlin/waiting=0;;;0 berlin/running=0;;;0 munich/servers=1;;;0;1 munich/waiting=1;;;0 munich/running=0;;;0` +
			` paris/servers=1;;;0;1 paris/waiting=2;;;0 paris/running=0;;;0 rome/servers=1;;;0;1 rome/waiting=3;;;0 rome/running=0;;;0
CRITICAL: berlin: gm004:4730: no answer within 2s
CRITICAL: munich: queue0000 on gm001:4730: 1 job waiting without a worker
CRITICAL: rome: queue0000 on gm003:4730: 3 jobs waiting without a worker
OK: paris: 2 queues on 1 server, 2 jobs waiting, 0 running
`},
		{"--context well health --by stage --perfdata none", 0, "OK: 1 group by stage, 4 queues on 2 servers, 2 jobs waiting, 0 running\nOK: prod: 4 queues on 2 servers, 2 jobs waiting, 0 running\n"},
		{"--context some health --by site --rule no*:waiting=1 --perfdata none", 2, `CRITICAL: munich: queue0000 on gm001:4730: 1 job waiting without a worker; rule "no*" matches no queue
CRITICAL: munich: queue0000 on gm001:4730: 1 job waiting without a worker
OK: -: 2 queues on 1 server, 2 jobs waiting, 0 running
UNKNOWN: rule "no*" matches no queue
`},
		{"--context plain health --by site", 3, "UNKNOWN: --by \"site\": no server has that label\n"},
	} {
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, strings.Fields(test.line+" --timeout 2")...)
		if r.Code != test.code || r.Stdout != test.want {
			t.Errorf("%s: code %d, stderr %s\ngot\n%s\nwant\n%s", test.line, r.Code, r.Stderr, r.Stdout, test.want)
		}
	}
	for line, want := range map[string]string{
		"--context fleet health --by site -o jsonl":      `"by":[{"label":"site","value":"berlin","state":"CRITICAL","code":2,"summary":"gm004:4730: no answer within 1s","servers":2,"answering":1,"queues":2,"waiting":0,"running":0}`,
		"--context fleet health -o jsonl":                `{"server":"gm000:4730","up":true,"queues":2,"labels":{"site":"berlin","stage":"prod"}}`,
		"--context fleet health --by site -o prometheus": `gearctl_health_by_state{label="site",value="paris"} 0`,
		"--context fleet health --by site -o text":       "OK        paris: 2 queues on 1 server, 2 jobs waiting, 0 running\nCRITICAL: 8 queues on 4 of 5 servers, 6 jobs waiting, 0 running\n",
	} {
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, strings.Fields(line+" --timeout 1")...)
		if r.Code != 2 || !strings.Contains(r.Stdout, want) {
			t.Errorf("%s: code %d, stderr %s\ngot\n%s\nwant\n%s", line, r.Code, r.Stderr, r.Stdout, want)
		}
	}
}

// TestHealthByNamesTheWorstOfASite: where all is as grave, a server that does not answer, then the queue in which most jobs wait, and
// how many problems there are besides.
func TestHealthByNamesTheWorstOfASite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		f := servertest.StartFleet(t, servertest.FleetOptions{
			Network: network, Servers: 3, Queues: 2, Silent: 1,
			Waiting: func(server, queue int) int { return 1 + 10*server + 5*queue }, // most in the last queue of the last server
			Workers: func(int, int) int { return 0 },
		})
		contexts := commandtest.Contexts(t, f.Contexts()+
			"  a: {servers: 'gm000:4730', labels: {room: r}}\n  b: {servers: 'gm001:4730', labels: {room: r}}\n  c: {servers: 'gm002:4730', labels: {room: r}}\n  two: {group: [a, b]}\n  three: {group: [a, b, c]}\n")
		change := func(e *cli.Env) { contexts(e); e.NetDial = network.Dial }
		for line, want := range map[string]string{
			"two --by room":   "CRITICAL: r: queue0001 on gm001:4730: 16 jobs waiting without a worker and 3 more\n",
			"three --by room": "CRITICAL: r: gm002:4730: no answer within 1s and 4 more\n",
			"three --by server": "CRITICAL: gm000:4730: queue0001: 6 jobs waiting without a worker and 1 more; gm001:4730: queue0001: 16 jobs waiting without a worker and 1 more; gm002:4730: no answer within 1s\n" +
				"CRITICAL: gm000:4730: queue0001: 6 jobs waiting without a worker; queue0000: 1 job waiting without a worker\n" +
				"CRITICAL: gm001:4730: queue0001: 16 jobs waiting without a worker; queue0000: 11 jobs waiting without a worker\n" +
				"CRITICAL: gm002:4730: no answer within 1s\n",
		} {
			context, flags, _ := strings.Cut(line, " ")
			r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, append([]string{"--context", context, "health", "--perfdata", "none", "--timeout", "1"}, strings.Fields(flags)...)...)
			if r.Code != 2 || !strings.HasPrefix(r.Stdout, want) {
				t.Errorf("%s: code %d, stderr %s\ngot\n%s\nwant\n%s", line, r.Code, r.Stderr, r.Stdout, want)
			}
		}
	})
}
