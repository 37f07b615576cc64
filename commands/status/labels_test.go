package status_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// fleetEnv makes a user reach a fleet in memory through the contexts of its servers.
func fleetEnv(t *testing.T, o servertest.FleetOptions, more string) (*servertest.Fleet, func(*cli.Env)) {
	t.Helper()
	o.Network = servertest.NewNetwork()
	f := servertest.StartFleet(t, o)
	change := commandtest.Contexts(t, f.Contexts()+more)
	return f, func(e *cli.Env) {
		change(e)
		e.NetDial = o.Network.Dial
	}
}

// Labels of contexts are in JSON and templates. csv and tables keep their columns, unless asked.
func TestRowsHaveTheLabelsOfContexts(t *testing.T) {
	t.Parallel()
	_, change := fleetEnv(t, servertest.FleetOptions{Servers: 2, Queues: 1, Workers: func(_, _ int) int { return 1 }}, "  plain: {servers: 'gm000:4730'}\n")
	for line, want := range map[string]string{
		"--context fleet status -o jsonl": `{"server":"gm000:4730","labels":{"site":"berlin","stage":"prod"},"queue":"queue0000","total":0,"waiting":0,"running":0,"workers":1}` + "\n" +
			`{"server":"gm001:4730","labels":{"site":"munich","stage":"prod"},"queue":"queue0000","total":0,"waiting":0,"running":0,"workers":1}` + "\n",
		"--context fleet status -o csv":                             "server,queue,total,waiting,running,workers\ngm000:4730,queue0000,0,0,0,1\ngm001:4730,queue0000,0,0,0,1\n",
		"--context fleet status":                                    "SERVER      QUEUE      TOTAL  WAITING  RUNNING  WORKERS\ngm000:4730  queue0000      0        0        0        1\ngm001:4730  queue0000      0        0        0        1\n",
		"--context fleet workers --columns site,functions":          "SITE    FUNCTIONS\nberlin  queue0000\nmunich  queue0000\n",
		"--context fleet workers --sort -site --columns server":     "SERVER\ngm001:4730\ngm000:4730\n",
		"--context fleet version --wide":                            "SERVER      SITE    STAGE  VERSION\ngm000:4730  berlin  prod   2.0.0+jobserver\ngm001:4730  munich  prod   2.0.0+jobserver\n",
		"--context fleet version -o template={{.site}}":             "berlin\nmunich\n",
		"--context plain status -o jsonl --columns queue,server":    `{"queue":"queue0000","server":"gm000:4730"}` + "\n",
		"-s gm000 version -o jsonl":                                 `{"server":"gm000:4730","version":"2.0.0+jobserver"}` + "\n",
		"--context fleet version -o jsonl --columns version,labels": strings.Repeat(`{"version":"2.0.0+jobserver","labels":{"site":"SITE","stage":"prod"}}`+"\n", 2),
	} {
		want = strings.Replace(strings.Replace(want, "SITE\"", "berlin\"", 1), "SITE\"", "munich\"", 1)
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, strings.Fields(line)...)
		if r.Stdout != want || r.Code != 0 {
			t.Errorf("%s: code %d, %s\ngot\n%s\nwant\n%s", line, r.Code, r.Stderr, r.Stdout, want)
		}
	}
}
