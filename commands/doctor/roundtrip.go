package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/probe"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// testCommand is the command of the test check. A worker that refuses to run it proves the round trip as well.
const testCommand = "/bin/echo gearctl doctor"

// maxSkew is the clock difference from which on a worker gets a warning.
const maxSkew = time.Second / 2

// maxTestChecks bounds the test checks that are under way.
const maxTestChecks = 8

// checkRoundTrips sends an encrypted check through every queue of the modules that has workers.
func (v *serverInspection) checkRoundTrips(ctx context.Context, s *section) {
	if v.host.o.readOnly {
		return
	}
	plans, servers := v.plans, v.moduleServers()
	if len(v.host.modules) == 0 { // a host of workers: their key and queues
		servers = v.facts
		for _, w := range v.host.workers {
			plans = append(plans, modulePlan{config: w, settings: w.Settings(modgearman.ProgramWorker)})
		}
	}
	servers = withoutReadOnly(servers)
	for i := range plans {
		p := &plans[i]
		key, err := p.key()
		if err != nil {
			s.unknown(p.config.Name(), v.host.asRoot(), "cannot send a check: %s", v.host.root.StripRoot(cmderr.OneLine(err)))
			continue
		}
		checks := p.testChecks(servers)
		if len(checks) == 0 && len(servers) > 0 {
			s.unknown(p.config.Name(), v.host.root.ServiceCommand("restart", workerServices), "none of its queues has a worker: encryption not tested")
		}
		v.sendTestChecks(ctx, checks, key)
		for _, t := range checks {
			v.reportRoundTrip(s, p, key, t)
		}
	}
}

// key returns the encryption key, the zero Key without encryption.
func (p *modulePlan) key() (modgearman.Key, error) {
	if !p.settings.Encryption {
		return modgearman.Key{}, nil
	}
	return p.settings.Key, p.settings.KeyError
}

// testCheck is a check sent through a queue of a server.
type testCheck struct {
	server, queue string
	servers       []string // where the result may arrive; server comes first
	row           roundtrip.Report
}

// testChecks returns a check for each check queue with workers, on each server.
func (p *modulePlan) testChecks(facts []*serverFacts) []*testCheck {
	var checks []*testCheck
	for _, f := range facts {
		servers := []string{f.server}
		for _, other := range facts {
			if other != f {
				servers = append(servers, other.server)
			}
		}
		for _, queue := range p.queues() {
			noCheck := queue == modgearman.QueueEventhandler || queue == modgearman.QueueNotification
			if !noCheck && f.queue(queue).Workers > 0 {
				checks = append(checks, &testCheck{server: f.server, queue: queue, servers: servers})
			}
		}
	}
	return checks
}

func (v *serverInspection) sendTestChecks(ctx context.Context, checks []*testCheck, key modgearman.Key) {
	probe.Parallel(len(checks), maxTestChecks, func(i int) {
		t := checks[i]
		check := &roundtrip.TestCheck{
			Servers: t.servers, Queue: t.queue, Key: key, Keys: v.contextKeys(t.servers),
			Service: "doctor", Command: testCommand, Wait: v.host.o.wait,
		}
		t.row = check.Run(ctx, v.host.env.Client(v.dialer))
	})
}

// contextKeys returns the keys of servers for which the context names a key file.
func (v *serverInspection) contextKeys(servers []string) map[string]modgearman.Key {
	keys := map[string]modgearman.Key{}
	a, _ := v.host.env.ActiveContext() // an error has ended the command
	for _, server := range servers {
		if s := a.Server(server); s == nil || s.KeyFile == "" {
			continue
		}
		if key, err := new(cli.KeyFlags).EncodingFor(v.host.env, server); err == nil {
			keys[server] = key
		}
	}
	return keys
}

func (v *serverInspection) reportRoundTrip(s *section, p *modulePlan, key modgearman.Key, t *testCheck) {
	object := t.queue + " on " + t.server
	r := &t.row
	switch {
	case r.NoResult && r.WrongKey:
		s.fail(object, shell.GearctlLine(append([]string{"config", "show"}, v.configPaths(p)...)), "%s", r.Output)
	case r.NoResult:
		s.fail(object, v.host.env.ToType(cmderr.Try("workers").Queues(t.queue).On(t.server)), "%s", r.Output)
	case r.Skew.Abs() >= maxSkew:
		s.warn(object, "ssh "+quoteAll(r.Worker)+" timedatectl set-ntp true", "the clock of worker %s is %s %s: latencies and max-age are wrong", r.Worker, output.Seconds(r.Skew.Abs().Seconds()), skewText(r.Skew))
	default:
		text := fmt.Sprintf("a check went to worker %s and came back within %s, with %s", r.Worker, output.Seconds(r.Total), roundtrip.KeyName(key))
		if r.Skewed {
			text += fmt.Sprintf("; its clock is %s %s", output.Seconds(r.Skew.Abs().Seconds()), skewText(r.Skew))
		}
		s.ok(object, "%s", text)
	}
}

func skewText(d time.Duration) string {
	if d < 0 {
		return "or more behind ours"
	}
	return "or more ahead of ours"
}

// configPaths are the files to compare: the module's and the workers'.
func (v *serverInspection) configPaths(p *modulePlan) []string {
	paths := []string{p.config.Path}
	for _, w := range v.host.workers {
		if !slices.Contains(paths, w.Path) {
			paths = append(paths, w.Path)
		}
	}
	return paths
}
