package top

import "gearctl/output"

// These are shown when there are several servers.
const (
	tabKey     = "tab server"
	serversKey = "v servers"
)

// keyHints is the last line of the screen, the most useful first.
var keyHints = []string{
	"h keys", "? legend", "q quit", "s sort", "/ filter", serversKey, "p peek", "d drain", "l limit", "enter workers", tabKey, "r reverse", "e empty", "space pause", "+ - interval",
}

// serverHints is the last line of the servers page.
var serverHints = []string{
	"h keys", "? legend", "q quit", "enter queues", "v Esc back", "s sort", "/ filter", "e problems", "r reverse", "space pause", "+ - interval",
}

// keyEntries is the page of h.
func keyEntries() []entry {
	return []entry{
		{text: "gearctl top: the keys"},
		{text: " "},
		{what: "q Q Esc ctrl-C", text: "quit; Esc first ends the filter or closes what is open"},
		{what: "s S", text: "sort by the next or previous column; r reverses the order"},
		{what: "/", text: "filter: part of a name, or a glob; Enter keeps it, Esc ends it"},
		{what: "e", text: "hide or show queues without jobs and workers"},
		{what: "space", text: "pause: no polling, the screen is frozen"},
		{what: "v", text: "the servers: a row each, those with problems first; v goes back"},
		{what: "tab shift-tab", text: "all servers, merged, one server after the other"},
		{what: "arrows j k", text: "move; PgUp PgDn by a screen, Home End g G to the ends"},
		{what: "+ -", text: "poll more often, less often"},
		{what: "h ?", text: "this page; what the colours and marks mean"},
		{text: " "},
		{text: "With the chosen queue:"},
		{what: "enter", text: "show the connections that serve it, or close them"},
		{what: "p", text: "peek: show its first waiting jobs (gearctl peek)"},
		{what: "d", text: "drain: move its waiting jobs into a file (gearctl drain --to)"},
		{what: "l", text: "limit: refuse new jobs beyond a number (gearctl queue limit)"},
		{text: " "},
		{text: "Of the servers (v):"},
		{what: "enter", text: "show the queues of the chosen server; Esc comes back"},
		{what: "/", text: "filter: part of a name, a version or a label, such as site=berlin"},
		{what: "e", text: "show only servers with problems, or all"},
		{text: " "},
		{text: "p, d and l name the queue, its servers and how many jobs it has, and ask. Then the screen is left for the command, whose line is printed so that it can be copied, and Enter returns to the list."},
	}
}

// legendEntries is the page of ?.
func (s *state) legendEntries() []entry {
	g := s.glyphs
	return []entry{
		{text: "gearctl top: what the colours and marks mean"},
		{text: " "},
		{output.Bad, "red " + markStuck + "0", "jobs wait and no worker serves the queue"},
		{output.Warn, "yellow", "jobs wait"},
		{output.Good, "green", "workers are running jobs"},
		{output.Faint, "grey", "an empty queue without workers, or figures that are old"},
		{output.Faint, "grey ?5", "the last known figure: the server does not answer, or is late; how long and why is at the top"},
		{what: g.up + "5 " + g.down + "5", text: "the queue is growing, shrinking (over the last ten polls)"},
		{what: g.up + "NAME " + g.down + "NAME", text: "the list is sorted by this column, upwards or downwards"},
		{what: ">", text: "the chosen row"},
		{what: g.cut, text: "cut; the whole name of the chosen row is under the list"},
		{what: "-", text: "not known (yet)"},
		{text: " "},
		{what: "WAITING", text: "jobs not taken yet, with those for later and cancelled ones"},
		{what: "RUNNING", text: "jobs that workers have taken"},
		{what: "WORKERS", text: "connections that serve the queue"},
		{what: g.atLeast + "IN/S " + g.atLeast + "OUT/S", text: "jobs arriving and leaving per second, at least: how much the queue grew and shrank between polls, over the last ten. Their difference is exact."},
		{what: "TREND", text: "waiting jobs, 10 s per character, newest on the right, each queue on its own scale"},
		{what: "PROBLEM", text: "the worst that is known of a server (v): it does not answer, jobs wait without a worker, its answer cannot be read. Its figures are sums over its queues: a worker counts once for each queue it serves."},
		{what: "HIGH NORMAL LOW", text: "waiting jobs by priority (--priorities)"},
	}
}
