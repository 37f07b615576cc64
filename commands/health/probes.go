package health

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/probe"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// probeRequest is a request to whoever serves a queue.
type probeRequest struct {
	probe.Request
	status bool // of --probe
	expect string
}

// probes reports whether any probe is to be sent.
func (o *options) probes() bool { return len(o.probe.Value()) > 0 || o.probeQueue != "" }

// probeRequests returns the requests of --probe and --probe-queue; known reports the queues of the server.
func (o *options) probeRequests(known func(queue string) bool) []probeRequest {
	var queues []string
	var list []probeRequest
	for _, name := range o.probe.Value() {
		if queue := statusQueue(name, known); !slices.Contains(queues, queue) {
			queues = append(queues, queue)
			list = append(list, probeRequest{Request: probe.StatusRequest(queue), status: true})
		}
	}
	if o.probeQueue != "" {
		list = append(list, probeRequest{expect: o.expect, Request: probe.Request{
			Queue: o.probeQueue, Text: []byte(o.send), Unique: o.unique, Background: o.async,
		}})
	}
	return list
}

// statusQueue returns the queue that --probe NAME means: that of a worker, or the queue NAME, such as a result queue or
// that of a proxy.
func statusQueue(name string, known func(queue string) bool) string {
	if own := modgearman.PrefixWorker + name; known(own) || !known(name) && !strings.HasPrefix(name, modgearman.PrefixWorker) {
		return own
	}
	return name
}

// probeAll sends the probes of a server.
func (v *inspection) probeAll(ctx context.Context, s *serverResult, list []wire.FunctionStatus) {
	probes := v.o.probeRequests(func(queue string) bool { return servers.FindQueue(list, queue) != nil })
	s.probes = make([]answer, len(probes))
	runBounded(ctx, len(probes), probe.MaxParallel, func(ctx context.Context, i int) {
		ask := v.queryQueue
		if probes[i].status {
			ask = v.queryStatus
		}
		s.probes[i] = ask(ctx, s.server, &probes[i])
	})
	for i := range s.probes {
		s.addAnswer(&s.probes[i])
	}
}

// addAnswer adds a reason for an answer that is not OK.
func (s *serverResult) addAnswer(a *answer) {
	if a.state != nagios.StateOK {
		s.add(a.state, a.queue, "%s", a.text)
	}
}

// send sends a request on a connection of its own and measures the time of the reply.
func (v *inspection) send(ctx context.Context, server string, p *probe.Request) (answer []byte, a answer, err error) {
	a.queue = p.Queue
	begun := v.env.Now()
	answer, err = wire.WithConn(ctx, v.dialer, server, func(ctx context.Context, c *wire.Conn) ([]byte, error) {
		begun = v.env.Now()
		return p.Send(ctx, v.dialer, c)
	})
	a.seconds = microseconds(v.env.Now().Sub(begun).Seconds())
	if err != nil {
		a.failed, a.state, a.text = true, nagios.StateCritical, v.probeFailureText(server, err)
	}
	return answer, a, err
}

// microseconds rounds to microseconds.
func microseconds(seconds float64) float64 { return math.Round(seconds*1e6) / 1e6 }

// probeFailureText describes an error without the queue and server, which are printed before it.
func (v *inspection) probeFailureText(server string, err error) string {
	var missing *probe.NoWorkerError
	var silent *probe.NoReplyError
	switch {
	case errors.As(err, &missing) && missing.Unknown:
		return "unknown queue: no worker is connected"
	case errors.As(err, &missing):
		return "no worker is connected"
	case errors.As(err, &silent):
		return "probe: " + silent.Reason
	}
	return "probe: " + v.failureText(server, err)
}

// queryStatus requests the status of a Mod-Gearman worker, module or proxy.
func (v *inspection) queryStatus(ctx context.Context, server string, p *probeRequest) answer {
	answer, a, err := v.send(ctx, server, &p.Request)
	if err != nil {
		return a
	}
	s, err := modgearman.ParseStatus(answer)
	if err != nil {
		a.failed, a.state, a.text = true, nagios.StateUnknown, "probe: the answer is not from a worker, the module or a proxy"
		return a
	}
	a.status, a.state = &s, s.Code
	a.text = strings.TrimSpace(s.Text)
	if s.From == modgearman.FromWorker {
		a.text = fmt.Sprintf("%s has %s, %s running, version %s", s.Name, output.Plural(int64(s.Workers), "worker", "workers"),
			output.Plural(int64(s.Running), "job", "jobs"), s.Version)
		if s.Note != "" {
			a.text += ", " + s.Note
		}
		if s.Workers == 0 || s.Note != "" {
			a.state = nagios.StateWarning
		}
	}
	return a
}

// queryQueue sends the job of --probe-queue and compares the reply.
func (v *inspection) queryQueue(ctx context.Context, server string, p *probeRequest) answer {
	answer, a, err := v.send(ctx, server, &p.Request)
	switch {
	case err != nil:
		return a
	case p.Background:
		a.text = "job queued, not waiting for an answer"
		return a
	}
	answer, _, _ = bytes.Cut(answer, []byte{0}) // programs in C send a whole buffer
	text := strings.TrimSpace(string(answer))
	if len(text) > 1 && text[1] == ':' && '0' <= text[0] && text[0] <= '3' { // a module or a proxy
		a.state, text = int(text[0]-'0'), text[2:]
	}
	if !strings.Contains(string(answer), p.expect) {
		a.state = nagios.StateCritical
		a.text = fmt.Sprintf("sent %.60q, got %.200q, expected %.60q", p.Text, text, p.expect)
		return a
	}
	text, _, _ = strings.Cut(text, "|")
	a.text = fmt.Sprintf("sent %.60q, got %.200q", p.Text, strings.TrimSpace(text))
	return a
}
