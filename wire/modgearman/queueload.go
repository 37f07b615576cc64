package modgearman

import (
	"cmp"
	"slices"
	"time"
)

// QueueLoad is the expected load of a queue.
type QueueLoad struct {
	Queue    string // empty if Local
	Local    bool   // run by the core itself
	Hosts    int
	Services int
	// ChecksPerSecond is the rate of regular active checks, from the check intervals.
	ChecksPerSecond float64
	// Registrable is that of the queue; see the function Registrable.
	Registrable bool
}

// DefaultIntervalLength is the default interval_length of the core.
const DefaultIntervalLength = time.Minute

// Plan routes the checks of all hosts and services and returns the load of each queue, sorted by name, with local checks
// last. intervalLength is the core's interval_length; 0: DefaultIntervalLength.
func (o *Objects) Plan(rules RouteConfig, intervalLength time.Duration) []QueueLoad {
	if intervalLength <= 0 {
		intervalLength = DefaultIntervalLength
	}
	unit := intervalLength.Seconds()
	loads := map[string]*QueueLoad{}
	r := router{rules: rules}
	for i := range o.Hosts {
		r.obj = o.hostObject(i)
		load := loadOf(loads, r.queue())
		load.Hosts++
		load.add(o.Hosts[i].Active, o.Hosts[i].Interval*unit)
	}
	for i := range o.Services {
		r.obj = o.serviceObject(i)
		load := loadOf(loads, r.queue())
		load.Services++
		load.add(o.Services[i].Active, o.Services[i].Interval*unit)
	}
	return sortedLoads(loads)
}

func loadOf(loads map[string]*QueueLoad, queue string) *QueueLoad {
	load := loads[queue]
	if load == nil {
		load = &QueueLoad{Queue: queue, Local: queue == "", Registrable: Registrable(queue)}
		loads[queue] = load
	}
	return load
}

func (l *QueueLoad) add(active bool, seconds float64) {
	if active && seconds > 0 {
		l.ChecksPerSecond += 1 / seconds
	}
}

func sortedLoads(loads map[string]*QueueLoad) []QueueLoad {
	list := make([]QueueLoad, 0, len(loads))
	for _, load := range loads {
		list = append(list, *load)
	}
	slices.SortFunc(list, func(a, b QueueLoad) int {
		if a.Local != b.Local {
			if a.Local {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Queue, b.Queue)
	})
	return list
}
