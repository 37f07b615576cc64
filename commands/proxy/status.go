package proxy

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/probe"
	"gearctl/output"
	"gearctl/wire"
)

// backlogAfter is how long jobs must wait in the spool to be reported as a backlog.
const backlogAfter = 15 * time.Second

// answerStatus answers requests in the status queue until ctx ends.
func (p *proxy) answerStatus(ctx context.Context) error {
	return p.supervisor.Run(ctx, p.status.Server, func(ctx context.Context, c *wire.Conn) error {
		return c.Work(ctx, &wire.Work{
			Function: p.status.Queue, ClientID: p.loops.clientID(c),
			Do: func(j *wire.ActiveJob) error {
				probe.LetListen(ctx)
				return j.Complete([]byte(p.answer(j.Workload)))
			},
		})
	})
}

// answer has the format of gearman_proxy.pl: the plugin's state, a text and performance data, sorted by name with those of
// queues at the end. A request such as check perfdatafilter=backlog filters that data; an invalid filter is ignored.
func (p *proxy) answer(request []byte) string {
	filter := regexp.MustCompile("")
	perfdataFilter := regexp.MustCompile(`perfdatafilter=(\S+)`)
	if m := perfdataFilter.FindSubmatch(request); m != nil {
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

// state is a warning if servers are down or jobs wait for long. It also counts jobs without data.
func (p *proxy) state() (state int, text string) {
	if failed := p.supervisor.Outages(); len(failed) > 0 {
		state, text = 1, fmt.Sprintf(" %s failed: %s.", output.Plural(int64(len(failed)), "server", "servers"), strings.Join(failed, ", "))
	}
	var late, empty int64
	for _, c := range p.open.counts() {
		empty += c.empty.Load()
	}
	for _, c := range p.open.list() {
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
	routes := p.open.list()
	for _, c := range routes {
		waiting, _ := c.queue.Waiting()
		total["backlog"] += waiting
		total["total_errors"] += c.queue.Damaged()
		sources[c.route.from.Server] = true
	}
	for _, c := range p.open.counts() {
		total["bytes_in"] += c.bytesIn.Load()
		total["bytes_out"] += c.bytesOut.Load()
		total["coalesced"] += c.coalesced.Load()
		total["total_errors"] += c.rejected.Load() + c.refused.Load() + c.damaged.Load()
		total["total_jobs"] += c.jobs.Load()
		queues[c.from.Queue+"::jobs"] += c.jobs.Load()
		queues[c.from.Queue+"::bytes_out"] += c.bytesOut.Load()
	}
	total["queues"], total["server"] = int64(len(routes)), int64(len(sources))
	return append(sortedMetrics(total), sortedMetrics(queues)...)
}

// sortedMetrics sorts values by name. All but three are counters.
func sortedMetrics(values map[string]int64) (list []metric) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		m := metric{name, values[name], "c"}
		if name == "backlog" || name == "queues" || name == "server" {
			m.unit = ""
		}
		list = append(list, m)
	}
	return list
}
