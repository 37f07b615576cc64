package commands

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"time"

	"gearctl/output"
	"gearctl/wire"
)

// queueLook is what is seen in one queue.
type queueLook struct {
	*peeker
	q      statusRow
	seen   int
	bytes  int64
	shown  []peekRow
	locked int // of those shown, jobs that no key given opens
	groups map[string]*groupRow
}

// job looks at the next job.
func (l *queueLook) job(j wire.Job) error {
	if l.bytes += int64(len(j.Workload)); l.bytes > int64(l.o.limitBytes) {
		return errHoldBytes
	}
	l.seen++
	switch {
	case l.peeker.groups != nil:
		l.count(j)
	case l.seen <= l.o.max:
		l.shown = append(l.shown, l.row(j))
	}
	return nil
}

// finish prints what was seen: not before the jobs are back, so that a slow reader holds none.
func (l *queueLook) finish() error {
	l.printed = l.printed || l.seen > 0
	if l.peeker.groups != nil {
		groups := slices.SortedFunc(maps.Values(l.groups), func(a, b *groupRow) int {
			return cmp.Or(-cmp.Compare(a.Jobs, b.Jobs), cmp.Compare(a.Group, b.Group))
		})
		for _, g := range groups {
			if err := l.peeker.groups.Print(*g); err != nil {
				return err
			}
		}
		return nil
	}
	if l.locked > 0 && l.raw == nil {
		l.env.note("%s on %s: %s could not be read: they are encrypted, and no key given opens them; give the workers' key by --key-file FILE",
			l.q.Queue, l.q.Server, output.Plural(int64(l.locked), "of the jobs shown", "of the jobs shown"))
	}
	for _, row := range l.shown {
		if err := l.print(row); err != nil {
			return err
		}
	}
	return nil
}

func (l *queueLook) print(row peekRow) error {
	if l.raw != nil {
		return l.raw.job(wire.Job{Workload: row.Data})
	}
	return l.rows.Print(row)
}

func (l *queueLook) row(j wire.Job) peekRow {
	row := peekRow{
		Server: l.q.Server, Queue: l.q.Queue, Size: len(j.Workload), Unique: string(j.Unique), Handle: string(j.Handle),
		Data: bytes.Clone(j.Workload),
	}
	f := readFacts(j.Workload, l.keys)
	if f.Err != nil {
		row.Reason = new(decodeReason(f.Err))
		if isLocked(f.Err) {
			l.locked++
		}
		return row
	}
	row.Type = new(f.Kind.String())
	row.Host, row.Service, row.Command, row.ResultQueue = known(f.Host), known(f.Service), known(f.Command), known(f.Return)
	row.Age = l.age(f.Time)
	return row
}

// age returns the seconds since t, nil when that is not known.
func (l *queueLook) age(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	return new(l.env.Now().Sub(t).Seconds())
}

// count adds a job to its group.
func (l *queueLook) count(j wire.Job) {
	f := readFacts(j.Workload, l.keys)
	name := l.group(&f)
	g := l.groups[name]
	if g == nil {
		g = &groupRow{Server: l.q.Server, Queue: l.q.Queue, Group: name}
		l.groups[name] = g
	}
	g.Jobs++
	g.Bytes += int64(len(j.Workload))
	if age := l.age(f.Time); age != nil && (g.Oldest == nil || *age > *g.Oldest) {
		g.Oldest = age
	}
}

// group names the group of a job; one that cannot be decoded belongs to why.
func (l *queueLook) group(f *jobFacts) string {
	if l.o.groupBy == "queue" {
		return l.q.Queue
	}
	if f.Err != nil {
		return "(" + decodeReason(f.Err) + ")"
	}
	name := map[string]string{"host": f.Host, "service": f.Service, "command": f.Command, "type": f.Kind.String()}[l.o.groupBy]
	return cmp.Or(name, "(none)")
}
