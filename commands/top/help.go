package top

// tabKey is shown when there are several servers.
const tabKey = "tab server"

// keyHints is the last line of the screen, the most useful first.
var keyHints = []string{
	"h help", "q quit", "s sort", "r reverse", "/ filter", "e empty", "space pause", tabKey, "enter workers", "+ - interval",
}

// helpPage returns the page of h.
func helpPage() string {
	return `gearctl top: the keys

 q Q Esc ctrl-C     quit; Esc first ends the filter or closes what is open
 s S                sort by the next or previous column; r reverses the order
 /                  filter: part of a name, or a glob; Enter keeps it, Esc ends it
 e                  hide or show queues without jobs and workers
 space              pause: no polling, the screen is frozen
 tab shift-tab      all servers, merged, one server after the other
 enter              show the connections that serve a queue, or close them
 arrows j k         move; PgUp PgDn by a screen, Home End g G to the ends
 + -                poll more often, less often
 h ?                this page

≥IN/S ≥OUT/S: jobs arriving and leaving per second, at least: how much a queue
grew and shrank between polls, over the last ten. Their difference is exact.
TREND: waiting jobs, 10 s per character, each queue on its own scale.
Red: jobs wait but no worker serves the queue.

Any key goes back.`
}
