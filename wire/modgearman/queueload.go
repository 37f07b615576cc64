package modgearman

import (
	"cmp"
	"slices"
	"time"
)

// QueueLoad is what a configuration sends to one queue.
type QueueLoad struct {
	Queue    string // empty for what the core runs itself
	Local    bool
	Hosts    int
	Services int
	// ChecksPerSecond is what the check intervals add up to, of objects whose active checks are on.
	ChecksPerSecond float64
	// Registrable says that a mod_gearman worker can serve the queue; see Registrable.
	Registrable bool
}

// DefaultIntervalLength is the core's interval_length where none is configured.
const DefaultIntervalLength = time.Minute

// Plan routes the checks of every host and service and returns the load of each queue by name, what stays local
// last. intervalLength is the core's; 0 means DefaultIntervalLength.
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
