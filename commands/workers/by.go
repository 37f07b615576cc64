package workers

import (
	"context"
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// What --by takes besides the name of a label.
const (
	byServer  = "server"
	byQueue   = "queue"
	byHost    = "host"
	byVersion = "version"
)

// groupKey is the key of groupRow.Group before it is renamed.
const groupKey = "group"

// groupRow is the sum over workers with the same server, queue, host, version or value of a label. Servers without workers count
// for their row, or have one.
type groupRow struct {
	Group       *string `json:"group" out:"name"` // nil: unknown
	Servers     int     `json:"servers" out:"drop3"`
	Hosts       int     `json:"hosts" out:"drop2"`
	Connections int     `json:"connections" out:"keep"`
	Queues      int     `json:"queues" out:"drop1"`
	Reporting   int     `json:"reporting" out:"optional,drop4"` // workers that sent their status
	Workers     int     `json:"workers" out:"optional,drop7"`   // processes of those
	Busy        int     `json:"busy" out:"optional,drop6"`
}

// byKey is the column of the groups, or an error for --by with what no server has.
func (o *options) byKey(env *cli.Env) (string, error) {
	switch {
	case slices.Contains([]string{byServer, byQueue, byHost, byVersion}, o.by):
		return o.by, nil
	case slices.Contains(output.Keys(output.ColumnsOf[groupRow]()), o.by):
		return "label_" + o.by, env.CheckLabel("--by", o.by)
	}
	return o.by, env.CheckLabel("--by", o.by)
}

// runBy is workers --by.
func runBy(ctx context.Context, env *cli.Env, o options) error {
	m, err := servers.NewMatcher(o.queues)
	if err != nil {
		return err
	}
	if _, _, err := env.Network(); err != nil { // such as an unknown context
		return err
	}
	key, err := o.byKey(env)
	if err != nil {
		return err
	}
	opts := output.Options{Sort: o.sort, Rename: map[string]string{groupKey: key}, Empty: "no workers"}
	if o.wide {
		opts.Also = []string{"reporting", "workers", "busy"}
	}
	p, err := cli.NewPrinter[groupRow](env, opts)
	if err != nil {
		return err
	}
	g := &grouping{by: o.by, labels: env.Labels(), matcher: m, groups: map[string]*group{}, serving: map[string]bool{}}
	var answered []string
	if o.wide {
		var rows []wideRow
		if rows, answered, err = wideRows(ctx, env, m, o); len(rows) == 0 && err != nil {
			return err
		}
		for i := range rows {
			g.addWorker(&rows[i])
		}
	} else {
		var rows []connectionRow
		if rows, answered, err = connectionRows(ctx, env, m, o.all); len(rows) == 0 && err != nil {
			return err
		}
		for _, r := range rows {
			g.add(member{server: r.Server, address: r.Address, connections: 1, functions: r.Functions})
		}
	}
	without := g.addServers(answered)
	err = cmderr.MergeErrors(p.PrintAll(g.rows()), err)
	if len(without) > 0 {
		env.Info("no workers on %s", strings.Join(without, ", "))
	}
	return err
}

// grouping sums workers.
type grouping struct {
	by      string
	labels  *output.Labels
	matcher *servers.Matcher
	groups  map[string]*group // "" for unknown, else "=" and the name
	serving map[string]bool   // servers with workers
}

type group struct {
	servers, hosts, queues map[string]bool
	connections            int
	reports                map[string]*wideRow // by worker, which may report on several servers
}

// member is a connection or a worker.
type member struct {
	server, address string
	version         *string
	connections     int
	functions       []string
	row             *wideRow // nil: its status was not asked for
}

func (g *grouping) addWorker(r *wideRow) {
	m := member{server: r.Server, version: r.Version, connections: r.Connections, functions: r.Functions, row: r}
	if r.Address != nil {
		m.address = *r.Address
	}
	if g.by == byQueue && r.Worker != nil && len(m.functions) == 0 {
		return // it serves its status queue only
	}
	g.add(m)
}

// addServers adds servers whether they have workers or not. Those without are in no group of queues, hosts or versions, and are
// returned then.
func (g *grouping) addServers(answered []string) (without []string) {
	if slices.Contains([]string{byQueue, byHost, byVersion}, g.by) {
		return slices.DeleteFunc(slices.Clone(answered), func(server string) bool { return g.serving[server] })
	}
	for _, server := range answered {
		g.add(member{server: server})
	}
	return nil
}

func (g *grouping) add(m member) {
	if m.connections > 0 {
		g.serving[m.server] = true
	}
	for _, name := range g.names(&m) {
		s := g.groups[name]
		if s == nil {
			s = &group{servers: map[string]bool{}, hosts: map[string]bool{}, queues: map[string]bool{}, reports: map[string]*wideRow{}}
			g.groups[name] = s
		}
		s.servers[m.server] = true
		if m.address != "" {
			s.hosts[m.address] = true
		}
		s.connections += m.connections
		for _, f := range m.functions {
			if g.by != byQueue || "="+f == name {
				s.queues[f] = true
			}
		}
		if m.row != nil && m.row.Workers != nil {
			s.reports[*m.row.Worker] = m.row
		}
	}
}

// names returns the groups of a member: with --by queue one for each queue.
func (g *grouping) names(m *member) []string {
	switch g.by {
	case byServer:
		return []string{"=" + m.server}
	case byHost:
		if m.address == "" {
			return []string{""}
		}
		return []string{"=" + m.address}
	case byVersion:
		if m.version == nil {
			return []string{""}
		}
		return []string{"=" + *m.version}
	case byQueue:
		var names []string
		for _, f := range m.functions {
			if g.matcher.Match(f) {
				names = append(names, "="+f)
			}
		}
		return names
	}
	if value, ok := g.labels.Of(m.server)[g.by]; ok {
		return []string{"=" + value}
	}
	return []string{""}
}

// rows returns the groups by name, the unknown ones last.
func (g *grouping) rows() []groupRow {
	var rows []groupRow
	for name, s := range g.groups {
		r := groupRow{Servers: len(s.servers), Hosts: len(s.hosts), Connections: s.connections, Queues: len(s.queues), Reporting: len(s.reports)}
		if known, ok := strings.CutPrefix(name, "="); ok {
			r.Group = &known
		}
		for _, report := range s.reports {
			r.Workers += *report.Workers
			r.Busy += *report.Busy
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b groupRow) int { return compareNilLast(a.Group, b.Group) })
	return rows
}
