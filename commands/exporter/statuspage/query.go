package statuspage

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gearctl/commands/internal/glob"
	"gearctl/output"
)

// query is what a request asks for.
type query struct {
	filter     string // part of the names of queues, or a glob
	server     string // of queues; empty: all
	group      string // value of the label that servers are grouped by; empty: all
	sort       string // a key of sortKeys
	descending bool
	all        map[string]bool // parts of the page that are to be shown whole
}

// The parts of the page that are cut when they are long.
const (
	partQueues   = "queues"
	partServers  = "servers"
	partProblems = "problems"
)

// The parameters of a request.
const (
	paramFilter = "q"
	paramServer = "server"
	paramGroup  = "group"
	paramSort   = "sort"
	paramAll    = "all"
)

// sortKeys are the columns of queues by which they can be sorted.
func sortKeys() []string {
	return []string{"queue", "server", "waiting", "running", "workers", "change"}
}

const defaultSort = "-waiting"

// maxFilter is the longest filter, in bytes: a queue name that is kept whole, escaped.
const maxFilter = 4 * maxName

// parseQuery reads and checks the parameters of a request. Those that it does not know are ignored.
func (p *Page) parseQuery(raw string) (*query, error) {
	v, err := url.ParseQuery(raw)
	if err != nil {
		return nil, fmt.Errorf("the parameters cannot be read")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	q := &query{filter: v.Get(paramFilter), server: v.Get(paramServer), group: v.Get(paramGroup), all: map[string]bool{}}
	sort := v.Get(paramSort)
	if sort == "" {
		sort = defaultSort
	}
	q.sort, q.descending = strings.CutPrefix(sort, "-")
	switch {
	case !utf8.ValidString(q.filter) || len(q.filter) > maxFilter || strings.ContainsFunc(q.filter, unicode.IsControl):
		return nil, fmt.Errorf("%s: must be at most %d bytes of UTF-8 without control characters", paramFilter, maxFilter)
	case !slices.Contains(sortKeys(), q.sort):
		return nil, fmt.Errorf("%s: choose from %s, with - in front for descending", paramSort, strings.Join(sortKeys(), ", "))
	case q.server != "" && !slices.Contains(p.fleet.Servers, q.server):
		return nil, fmt.Errorf("%s: not a server of this page", paramServer)
	case q.group != "" && !slices.Contains(p.groups(), q.group):
		return nil, fmt.Errorf("%s: no server has this label", paramGroup)
	}
	for _, part := range v[paramAll] {
		if part != partQueues && part != partServers && part != partProblems {
			return nil, fmt.Errorf("%s: choose from %s, %s, %s", paramAll, partQueues, partServers, partProblems)
		}
		q.all[part] = true
	}
	return q, nil
}

// groups returns the values of the label that servers are grouped by, sorted.
func (p *Page) groups() []string {
	var list []string
	for _, s := range p.servers {
		if g := s.labels[p.group]; g != "" {
			list = append(list, g)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// url returns a link to the page for this query, changed by change.
func (q query) url(change func(*query)) string {
	all := map[string]bool{}
	for part := range q.all {
		all[part] = true
	}
	q.all = all
	change(&q)
	v := url.Values{}
	for name, value := range map[string]string{paramFilter: q.filter, paramServer: q.server, paramGroup: q.group, paramSort: q.order()} {
		if value != "" && (name != paramSort || value != defaultSort) {
			v.Set(name, value)
		}
	}
	for _, part := range []string{partProblems, partServers, partQueues} {
		if q.all[part] {
			v.Add(paramAll, part)
		}
	}
	return "?" + v.Encode()
}

func (q *query) order() string {
	if q.descending {
		return "-" + q.sort
	}
	return q.sort
}

// wantsServer reports whether the queues of a server are asked for.
func (q *query) wantsServer(s *serverState, group string) bool {
	return (q.server == "" || q.server == s.name) && (q.group == "" || q.group == s.labels[group])
}

// wantsQueue reports whether the filter, in lower case, matches a name as it is shown: part of it, or a glob.
func wantsQueue(filter, name string) bool {
	if filter == "" {
		return true
	}
	name = strings.ToLower(output.Escape(name))
	return strings.Contains(name, filter) || strings.ContainsAny(filter, glob.Metacharacters) && glob.Match(filter, name)
}
