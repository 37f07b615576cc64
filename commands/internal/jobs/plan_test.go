package jobs

import (
	"fmt"
	"strings"
	"testing"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// quiet is a log that keeps nothing.
type quiet struct{}

func (quiet) Info(string, ...any)    {}
func (quiet) Verbose(string, ...any) {}
func (quiet) Warn(string, ...any)    {}

func snapshot(server string, queues ...string) *servers.Snapshot {
	s := &servers.Snapshot{Server: server}
	for _, q := range queues {
		s.Queues.Rows = append(s.Queues.Rows, wire.FunctionStatus{Function: q, Total: 1})
	}
	return s
}

func TestPlanSelectsQueues(t *testing.T) {
	t.Parallel()
	snapshots := []*servers.Snapshot{snapshot("gm2:4730", "perfdata", "service"), snapshot("gm1:4730", "perfdata", "gearctl_own")}
	for _, c := range []struct {
		args  string
		rules PlanRules
		want  string // "server queue" in order
		err   string
	}{
		{args: "perfdata", want: "gm1:4730 perfdata, gm2:4730 perfdata"},
		{args: "s*", want: "gm2:4730 service"},
		{args: "gearctl_own", want: "gm1:4730 gearctl_own"},
		{args: "*", err: "matches every queue (3)"},
		{args: "*", rules: PlanRules{All: true}, want: "gm1:4730 perfdata, gm2:4730 perfdata, gm2:4730 service"},
		{args: "perfdat", err: `unknown queue "perfdat"`},
		{args: "perfdat service", want: "gm2:4730 service", err: `unknown queue "perfdat"`},
		{args: "x*", err: `no queue matches "x*"`},
		{args: "perfdat x*", rules: PlanRules{IfExists: true}},
		{args: "new", rules: PlanRules{Future: true}, want: "gm1:4730 new, gm2:4730 new"},
		{args: "new x*", rules: PlanRules{Future: true}, want: "gm1:4730 new, gm2:4730 new", err: `no queue matches "x*"`},
	} {
		t.Run(fmt.Sprintf("%s %+v", c.args, c.rules), func(t *testing.T) {
			m, err := servers.NewMatcher(strings.Fields(c.args))
			if err != nil {
				t.Fatal(err)
			}
			p, err := NewPlan(quiet{}, m, c.rules, snapshots, nil)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			var got []string
			if p != nil {
				for _, q := range p.Queues {
					got = append(got, q.Server+" "+q.Function)
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPlanNeedsAServer(t *testing.T) {
	t.Parallel()
	failed := fmt.Errorf("connection refused")
	if p, err := NewPlan(quiet{}, &servers.Matcher{}, PlanRules{}, nil, failed); p != nil || err != failed {
		t.Errorf("got %v, %v", p, err)
	}
}
