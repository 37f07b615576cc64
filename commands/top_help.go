package commands

// topTabKey is shown when there are several servers.
const topTabKey = "tab server"

// topKeyLine is the last line of the screen, the most useful first.
var topKeyLine = []string{
	"h help", "q quit", "s sort", "r reverse", "/ filter", "e empty", "space pause", topTabKey, "enter workers", "+ - interval",
}

// topHelp returns the page of h.
func topHelp() string {
	return `gearctl top: the keys

 q Q Esc ctrl-C     quit; Esc first ends the filter or closes what is open
 s S                sort by the next or previous column; r reverses the order
 /                  filter: part of a name, or a glob; Enter keeps it, Esc ends it
 e                  hide queues without jobs and workers, or show them
 space              pause: the servers are not asked, the screen stands still
 tab shift-tab      all servers, merged, one server after the other
 enter              show the connections that serve a queue, or close them
 arrows j k         move; PgUp PgDn by a screen, Home End g G to the ends
 + -                look more often, less often
 h ?                this page

≥IN/S ≥OUT/S: jobs that come and go a second, at least so many: how much a queue
grew and shrank between looks, over the last ten. Their difference is exact.
TREND: waiting jobs, 10 s a character, each queue in its own scale.
Red: jobs wait and nobody works on them.

Any key goes back.`
}
