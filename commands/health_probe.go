package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// probesAtATime is how many probes are on their way to one server.
const probesAtATime = 8

// healthProbe is a question to whoever works on a queue.
type healthProbe struct {
	name   string // of a worker, or of a queue
	probe  probe  // of --probe-queue; its queue is empty for one of --probe
	expect string
}

// probes returns what --probe and --probe-queue ask for.
func (o *healthOptions) probes() []healthProbe {
	var list []healthProbe
	for _, name := range o.probe.Value() {
		list = append(list, healthProbe{name: name})
	}
	if o.probeQueue != "" {
		list = append(list, healthProbe{name: o.probeQueue, expect: o.expect, probe: probe{
			queue: o.probeQueue, text: []byte(o.send), unique: o.unique, background: o.async,
		}})
	}
	return list
}

// statusQueue returns the queue that tells the state of what --probe names: that of a worker, or one of this name, such
// as a result queue or that of a proxy.
func statusQueue(name string, known func(queue string) bool) string {
	if own := modgearman.PrefixWorker + name; known(own) || !known(name) && !strings.HasPrefix(name, modgearman.PrefixWorker) {
		return own
	}
	return name
}

// probeAll sends the probes of a server.
func (v *healthVisit) probeAll(ctx context.Context, s *healthServer, list []wire.FunctionStatus) {
	known := func(queue string) bool { return findQueue(list, queue) != nil }
	probes := v.o.probes()
	answers := make([]healthAnswer, len(probes))
	severalAtATime(probesAtATime, len(probes), func(i int) {
		p := probes[i]
		if p.probe.queue == "" {
			p.probe = statusProbe(statusQueue(p.name, known))
			answers[i] = v.askStatus(ctx, s.server, &p.probe)
			return
		}
		answers[i] = v.askQueue(ctx, s.server, &p)
	})
	for i := range answers {
		s.addAnswer(&answers[i])
	}
	s.probes = answers
}

// addAnswer notes an answer that is not OK.
func (s *healthServer) addAnswer(a *healthAnswer) {
	if a.state != stateOK {
		s.add(a.state, a.queue, "%s", a.text)
	}
}

// severalAtATime calls f for every number below n, with so many calls at a time, and returns when all have.
func severalAtATime(slots, n int, f func(i int)) {
	free := make(chan struct{}, slots)
	var wg sync.WaitGroup
	for i := range n {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			f(i)
		})
	}
	wg.Wait()
}

// ask sends a probe on a connection of its own, and returns what came within which time.
func (v *healthVisit) ask(ctx context.Context, server string, p *probe) (answer []byte, a healthAnswer, err error) {
	a.queue = p.queue
	begun := time.Now()
	answer, err = wire.WithConn(ctx, v.dialer, server, func(ctx context.Context, c *wire.Conn) ([]byte, error) {
		begun = time.Now()
		return p.ask(ctx, c)
	})
	a.seconds = microseconds(time.Since(begun).Seconds())
	if err != nil {
		a.failed, a.state, a.text = true, stateCritical, v.sayProbeFailure(server, err)
	}
	return answer, a, err
}

// microseconds leaves out what nobody can measure.
func microseconds(seconds float64) float64 { return math.Round(seconds*1e6) / 1e6 }

// sayProbeFailure leaves out what stands before the text anyway.
func (v *healthVisit) sayProbeFailure(server string, err error) string {
	var missing *noWorkerError
	var silent *probeError
	switch {
	case errors.As(err, &missing) && missing.unknown:
		return "the server does not know it: nobody is there to answer a probe"
	case errors.As(err, &missing):
		return "no worker: nobody is there to answer a probe"
	case errors.As(err, &silent):
		return "probe: " + silent.why
	}
	return "probe: " + v.sayFailure(server, err)
}

// askStatus asks a worker, a module or a proxy of Mod-Gearman for its state.
func (v *healthVisit) askStatus(ctx context.Context, server string, p *probe) healthAnswer {
	answer, a, err := v.ask(ctx, server, p)
	if err != nil {
		return a
	}
	s, err := modgearman.ParseStatus(answer)
	if err != nil {
		a.failed, a.state, a.text = true, stateUnknown, "probe: the answer is not that of a worker, the module or a proxy"
		return a
	}
	a.status, a.state = &s, s.Code
	a.text = strings.TrimSpace(s.Text)
	if s.From == modgearman.FromWorker {
		a.text = fmt.Sprintf("%s has %s, %s running, version %s", s.Name, output.Plural(int64(s.Workers), "worker", "workers"),
			output.Plural(int64(s.Running), "job", "jobs"), s.Version)
		if s.Workers == 0 {
			a.state = stateWarning
		}
	}
	return a
}

// askQueue sends what the user wants to be sent, and compares the answer.
func (v *healthVisit) askQueue(ctx context.Context, server string, p *healthProbe) healthAnswer {
	answer, a, err := v.ask(ctx, server, &p.probe)
	switch {
	case err != nil:
		return a
	case p.probe.background:
		a.text = "the job is in the queue; nobody waits for an answer"
		return a
	}
	answer, _, _ = bytes.Cut(answer, []byte{0}) // programs in C send a whole buffer
	text := strings.TrimSpace(string(answer))
	if len(text) > 1 && text[1] == ':' && '0' <= text[0] && text[0] <= '3' { // a module or a proxy
		a.state, text = int(text[0]-'0'), text[2:]
	}
	if !strings.Contains(string(answer), p.expect) {
		a.state = stateCritical
		a.text = fmt.Sprintf("sent %.60q, got %.200q, expected %.60q", p.probe.text, text, p.expect)
		return a
	}
	text, _, _ = strings.Cut(text, "|")
	a.text = fmt.Sprintf("sent %.60q, got %.200q", p.probe.text, strings.TrimSpace(text))
	return a
}
