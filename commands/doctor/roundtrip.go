package doctor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// testCommand is what the test check runs. That a worker refuses it proves as much as that it runs it.
const testCommand = "/bin/echo gearctl doctor"

// maxSkew is how far the clock of a worker may be off at least.
const maxSkew = time.Second / 2

// maxTestChecks is how many test checks are on their way.
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
	for i := range plans {
		p := &plans[i]
		key, err := p.key()
		if err != nil {
			s.unknown(p.config.Path, "run gearctl doctor as root", "cannot send a check: %s", v.host.root.stripRoot(cmderr.OneLine(err)))
			continue
		}
		trips := p.testChecks(servers)
		if len(trips) == 0 && len(servers) > 0 {
			s.unknown(p.config.Path, "start a worker", "none of its queues has a worker: encryption not tested")
		}
		v.sendTestChecks(ctx, trips, key)
		for _, t := range trips {
			v.reportRoundTrip(s, p, t)
		}
	}
}

// key is what the module encrypts with, the zero Key when it does not.
func (p *modulePlan) key() (modgearman.Key, error) {
	if !p.settings.Encryption {
		return modgearman.Key{}, nil
	}
	return p.settings.Key, p.settings.KeyError
}

// usedKey is key without its error.
func (p *modulePlan) usedKey() modgearman.Key {
	key, _ := p.key()
	return key
}

// testCheck is a test check through a queue of a server.
type testCheck struct {
	server, queue string
	servers       []string // where its result may come: that server first
	row           roundtrip.Report
}

// testChecks returns a check for each queue of checks that has workers, on each server.
func (p *modulePlan) testChecks(facts []*serverFacts) []*testCheck {
	var trips []*testCheck
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
				trips = append(trips, &testCheck{server: f.server, queue: queue, servers: servers})
			}
		}
	}
	return trips
}

func (v *serverInspection) sendTestChecks(ctx context.Context, trips []*testCheck, key modgearman.Key) {
	free := make(chan struct{}, maxTestChecks)
	var wg sync.WaitGroup
	for _, t := range trips {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			check := &roundtrip.TestCheck{
				Servers: t.servers, Queue: t.queue, Key: key,
				Service: "doctor", Command: testCommand, Wait: v.host.o.wait,
			}
			t.row = check.Run(ctx, v.host.env.Client(v.dialer))
		})
	}
	wg.Wait()
}

func (v *serverInspection) reportRoundTrip(s *section, p *modulePlan, t *testCheck) {
	object := t.queue + " on " + t.server
	r := &t.row
	switch {
	case r.NoResult && r.WrongKey:
		s.fail(object, "set the same key and encryption in module and workers: "+shell.ShellLine(append([]string{"config", "show"}, v.configPaths(p)...)), "%s", r.Output)
	case r.NoResult:
		s.fail(object, fmt.Sprintf("retry with a longer --wait, and see which workers serve it: %s", v.host.env.ToType(cmderr.Try("workers").Queues(t.queue).On(t.server))), "%s", r.Output)
	case r.Skew.Abs() >= maxSkew:
		s.warn(object, "run chrony, ntpd or systemd-timesyncd here and on "+r.Worker, "the clock of worker %s is %s %s: latencies and max-age are wrong", r.Worker, output.Seconds(r.Skew.Abs().Seconds()), skewText(r.Skew))
	default:
		text := fmt.Sprintf("a check went to worker %s and came back within %s, with %s", r.Worker, output.Seconds(r.Total), roundtrip.KeyName(p.usedKey()))
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
