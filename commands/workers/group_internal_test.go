package workers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

// groupCase is lines of the answer to workers, and the workers behind them: address, client, worker, connections and
// functions, ? for connections that may belong to several.
type groupCase struct {
	lines string
	want  []string
}

var groupCases = map[string]groupCase{
	"a worker in C": {
		"30 10.0.0.1 - : worker_web01\n31 10.0.0.1 - : host service\n32 10.0.0.1 - : service host",
		[]string{"10.0.0.1 - web01 3 host service"},
	},
	"all on one connection": {
		"30 10.0.0.1 - : worker_a host\n31 10.0.0.1 - : worker_b service\n32 10.0.0.1 - : host\n33 10.0.0.1 - : service",
		[]string{"10.0.0.1 - a 2 host", "10.0.0.1 - b 2 service"},
	},
	"hosts behind one address": {
		"30 10.0.0.1 - : worker_a\n31 10.0.0.1 - : worker_b\n32 10.0.0.1 - : host\n33 10.0.0.1 - : host\n34 10.0.0.1 - : hostgroup_x",
		[]string{"10.0.0.1 - a 1", "10.0.0.1 - b 1", "10.0.0.1 - ? 2 host", "10.0.0.1 - ? 1 hostgroup_x"},
	},
	"hosts that share a queue, behind one address": {
		"30 10.0.0.1 - : worker_a host\n31 10.0.0.1 - : worker_b host\n32 10.0.0.1 - : host",
		[]string{"10.0.0.1 - a 1 host", "10.0.0.1 - b 1 host", "10.0.0.1 - ? 1 host"},
	},
	"workers that have names": {
		"30 10.0.0.1 w-1 : worker_a\n31 10.0.0.1 w-2 : worker_b\n32 10.0.0.1 w-2 : q\n33 10.0.0.1 w-1 : q\n34 10.0.0.1 w-3 : q",
		[]string{"10.0.0.1 w-1 a 2 q", "10.0.0.1 w-2 b 2 q", "10.0.0.1 w-3 - 1 q"},
	},
	"the module and others on the host of a worker": {
		"30 10.0.0.1 - : worker_a\n31 10.0.0.1 - : check_results\n32 10.0.0.1 - : servicegroup_x\n33 10.0.0.1 - : thumbnails\n34 10.0.0.1 - : perfdata\n35 10.0.0.1 - : check_results",
		[]string{"10.0.0.1 - a 2 servicegroup_x", "10.0.0.1 - - 2 check_results", "10.0.0.1 - - 1 thumbnails", "10.0.0.1 - - 1 perfdata"},
	},
	"the same queues from another address": {
		"30 10.0.0.1 - : worker_a\n31 10.0.0.2 - : host",
		[]string{"10.0.0.1 - a 1", "10.0.0.2 - - 1 host"},
	},
	"one name twice": {
		"30 10.0.0.1 - : worker_a\n31 10.0.0.1 - : worker_a\n32 10.0.0.2 - : worker_a\n33 10.0.0.2 - : host",
		[]string{"10.0.0.1 - a 2", "10.0.0.2 - a 2 host"},
	},
	"a relay": {
		"30 10.0.0.1 - : worker_a worker_b",
		[]string{"10.0.0.1 - a 1", "10.0.0.1 - b 0"},
	},
	"one name, two clients": {
		"30 10.0.0.1 w-1 : worker_a\n31 10.0.0.1 w-2 : worker_a\n32 10.0.0.1 w-2 : q",
		[]string{"10.0.0.1 w-1 a 1", "10.0.0.1 w-2 a 2 q"},
	},
	"a worker in C beside one on one connection": {
		"30 10.0.0.1 - : worker_a host\n31 10.0.0.1 - : worker_b\n32 10.0.0.1 - : host",
		[]string{"10.0.0.1 - a 1 host", "10.0.0.1 - b 1", "10.0.0.1 - ? 1 host"},
	},
	"two workers that call themselves the same": {
		"30 10.0.0.1 w : worker_a\n31 10.0.0.1 w : worker_b\n32 10.0.0.1 w : host\n33 10.0.0.1 w : q",
		[]string{"10.0.0.1 w a 1", "10.0.0.1 w b 1", "10.0.0.1 w ? 1 host", "10.0.0.1 w ? 1 q"},
	},
	"a queue named worker_": {
		"30 10.0.0.1 - : worker_",
		[]string{"10.0.0.1 - - 1 worker_"},
	},
	"clients": {
		"30 10.0.0.1 - :\n31 10.0.0.1 - :\n32 10.0.0.2 me :",
		[]string{"10.0.0.1 - - 2", "10.0.0.2 me - 1"},
	},
}

func TestConnectionsBecomeWorkers(t *testing.T) {
	t.Parallel()
	for name, c := range groupCases {
		var list []wire.WorkerStatus
		for line := range strings.SplitSeq(c.lines, "\n") {
			w, err := wire.ParseWorkerLine([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, w)
		}
		var got []string
		connections := 0
		for _, g := range groupWorkers(list, true) {
			worker := g.worker
			switch {
			case g.ambiguous:
				worker = "?"
			case worker == "":
				worker = "-"
			}
			got = append(got, strings.TrimSpace(fmt.Sprint(g.address, " ", g.id, " ", worker, " ", g.connections, " ", strings.Join(g.functions, " "))))
			connections += g.connections
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if connections != len(list) {
			t.Errorf("%s: %d connections of %d", name, connections, len(list))
		}
	}
}

func TestVersionsThatDiffer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rows, want string }{
		{"a=1 b=1", ""}, {"", ""}, {"a=1 b=1 c=2 d=", "c"}, {"a=1 b=2", "a b"}, {"a=1 a=1 b=2", "a a b"}, {"a=1 b=1 c=2 c=2 c=2", "c c c"},
	} {
		var rows []wideRow
		for _, word := range strings.Fields(c.rows) {
			worker, version, _ := strings.Cut(word, "=")
			r := wideRow{Worker: &worker}
			if version != "" {
				r.Version = &version
			}
			rows = append(rows, r)
		}
		markVersions(rows)
		var marked []string
		for _, r := range rows {
			if r.Differs {
				marked = append(marked, *r.Worker)
			}
		}
		if got := strings.Join(marked, " "); got != c.want {
			t.Errorf("%s: %q are marked, want %q", c.rows, got, c.want)
		}
	}
}
