package proxy

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gearctl/output"
	"gearctl/wire"
)

// backlogAfter is how long jobs must wait in the spool to be a backlog that is warned of.
const backlogAfter = 15 * time.Second

// answerStatus answers in the status queue until ctx ends.
func (p *proxy) answerStatus(ctx context.Context) error {
	return p.s.Run(ctx, p.status.Server, func(ctx context.Context, c *wire.Conn) error {
		return c.Work(ctx, &wire.Work{
			Function: p.status.Queue, ClientID: p.circles.probe.ClientID(c.Server()),
			Do: func(j *wire.ActiveJob) error { return j.Complete([]byte(p.answer(j.Workload))) },
		})
	})
}

// answer is what gearman_proxy.pl answers: the plugin's state, a text and performance data, in the order of their names
// with those of queues at the end. A question such as check perfdatafilter=backlog filters that data; a filter that is no
// expression is none.
func (p *proxy) answer(question []byte) string {
	filter := regexp.MustCompile("")
	perfdataFilter := regexp.MustCompile(`perfdatafilter=(\S+)`)
	if m := perfdataFilter.FindSubmatch(question); m != nil {
		if re, err := regexp.Compile(string(m[1])); err == nil {
			filter = re
		}
	}
	state, text := p.state()
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%s - proxy version v%s running.%s|", state, [...]string{"OK", "WARNING"}[state], p.env.Version, text)
	for _, m := range p.metrics() {
		if filter.MatchString(m.name) {
			fmt.Fprintf(&b, " '%s'=%d%s;;;", strings.ReplaceAll(m.name, "'", "''"), m.value, m.unit)
		}
	}
	return b.String()
}

// state warns of servers that are away and of jobs that wait for long, and counts jobs without data.
func (p *proxy) state() (state int, text string) {
	if failed := p.s.Outages(); len(failed) > 0 {
		state, text = 1, fmt.Sprintf(" %s failed: %s.", output.Plural(int64(len(failed)), "server", "servers"), strings.Join(failed, ", "))
	}
	var late, empty int64
	for _, c := range p.counts {
		empty += c.empty.Load()
		if n, since := c.queue.Waiting(); n > 0 && p.env.Now().Sub(since) >= backlogAfter {
			late += n
		}
	}
	if late > 0 {
		state, text = 1, text+fmt.Sprintf(" backlog contains %d jobs.", late)
	}
	if empty > 0 {
		text += fmt.Sprintf(" %s no data.", output.Plural(empty, "job had", "jobs had"))
	}
	return state, text
}

// metric is one value of the performance data; unit c is a counter.
type metric struct {
	name  string
	value int64
	unit  string
}

func (p *proxy) metrics() []metric {
	total := map[string]int64{"backlog": 0, "bytes_in": 0, "bytes_out": 0, "coalesced": 0, "total_errors": 0, "total_jobs": 0}
	queues := map[string]int64{}
	sources := map[string]bool{}
	for _, c := range p.counts {
		waiting, _ := c.queue.Waiting()
		total["backlog"] += waiting
		total["bytes_in"] += c.bytesIn.Load()
		total["bytes_out"] += c.bytesOut.Load()
		total["coalesced"] += c.coalesced.Load()
		total["total_errors"] += c.rejected.Load() + c.refused.Load() + c.queue.Damaged()
		total["total_jobs"] += c.jobs.Load()
		queues[c.route.from.Queue+"::jobs"] += c.jobs.Load()
		queues[c.route.from.Queue+"::bytes_out"] += c.bytesOut.Load()
		sources[c.route.from.Server] = true
	}
	total["queues"], total["server"] = int64(len(p.routes)), int64(len(sources))
	return append(sortedMetrics(total), sortedMetrics(queues)...)
}

// sortedMetrics orders values by their names. All but three are counters.
func sortedMetrics(values map[string]int64) (list []metric) {
	for name, v := range values {
		m := metric{name, v, "c"}
		if name == "backlog" || name == "queues" || name == "server" {
			m.unit = ""
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b metric) int { return strings.Compare(a.name, b.name) })
	return list
}
