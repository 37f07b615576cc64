package peek

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// inspection is what is seen in one queue.
type inspection struct {
	*peeker
	q           servers.Queue
	seen        int
	bytes       int64
	shown       []row
	kept        int64 // bytes of the jobs that are shown
	undecrypted int   // of those shown, jobs that no key given opens
	groups      map[string]*groupRow
}

// inspect looks at the next job.
func (l *inspection) inspect(j wire.Job) error {
	if l.bytes += int64(len(j.Workload)); l.bytes > int64(l.o.limitBytes) {
		return errHoldBytes
	}
	switch {
	case l.peeker.groups != nil:
		if err := l.count(j); err != nil {
			return err
		}
	case l.seen < l.o.max:
		row := l.row(j)
		if l.kept += row.size(); l.kept > int64(l.env.Globals.MaxPacket) && len(l.shown) > 0 {
			return errShownBytes
		}
		l.shown = append(l.shown, row)
	}
	l.seen++
	return nil
}

// finish prints what was seen: not before the jobs are back, so that a slow reader holds none.
func (l *inspection) finish() error {
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
	if l.undecrypted > 0 && l.raw == nil {
		l.env.Info("%s on %s: %s could not be decrypted with the given keys; give the workers' key with --key-file FILE",
			l.q.Function, l.q.Server, output.Plural(int64(l.undecrypted), "of the jobs shown", "of the jobs shown"))
	}
	for _, row := range l.shown {
		if err := l.print(row); err != nil {
			return err
		}
	}
	return nil
}

func (l *inspection) print(row row) error {
	if l.raw != nil {
		return l.raw.Job(wire.Job{Workload: row.Data})
	}
	return l.rows.Print(row)
}

func (l *inspection) row(j wire.Job) row {
	row := row{
		Server: l.q.Server, Queue: l.q.Function, Size: len(j.Workload), Unique: string(j.Unique), Handle: string(j.Handle),
	}
	if l.showsData {
		row.Data = bytes.Clone(j.Workload)
	}
	f := jobs.ReadFacts(j.Workload, l.keys)
	if f.Err != nil {
		row.Reason = new(jobs.DecodeReason(f.Err))
		if jobs.IsLocked(f.Err) {
			l.undecrypted++
		}
		return row
	}
	row.Type = new(f.Kind.String())
	copied := func(s string) *string { return jobs.Known(strings.Clone(s)) } // else it keeps the whole decoded job
	row.Host, row.Service, row.Command, row.ResultQueue = copied(f.Host), copied(f.Service), copied(f.Command), copied(f.ResultQueue)
	row.Age = l.age(f.Time)
	return row
}

// size returns the bytes that the row takes besides its own.
func (r *row) size() int64 {
	size := len(r.Data) + len(r.Unique)
	for _, s := range []*string{r.Host, r.Service, r.Command, r.ResultQueue} {
		if s != nil {
			size += len(*s)
		}
	}
	return int64(size)
}

// age returns the seconds since t, nil when that is not known.
func (l *inspection) age(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	return new(l.env.Now().Sub(t).Seconds())
}

// count adds a job to its group. It fails when the groups are too many to keep.
func (l *inspection) count(j wire.Job) error {
	f := jobs.ReadFacts(j.Workload, l.keys)
	name := l.group(&f)
	g := l.groups[name]
	if g == nil {
		name = strings.Clone(name) // else it keeps the whole decoded job
		if l.kept += int64(len(name)); int64(len(l.groups)) >= l.env.Globals.MaxRows || l.kept > l.env.Globals.MaxRows*wire.BytesPerRow {
			return errGroups
		}
		g = &groupRow{Server: l.q.Server, Queue: l.q.Function, Group: name}
		l.groups[name] = g
	}
	g.Jobs++
	g.Bytes += int64(len(j.Workload))
	if age := l.age(f.Time); age != nil && (g.Oldest == nil || *age > *g.Oldest) {
		g.Oldest = age
	}
	return nil
}

// group names the group of a job; one that cannot be decoded belongs to why.
func (l *inspection) group(f *jobs.Facts) string {
	if l.o.groupBy == "queue" {
		return l.q.Function
	}
	if f.Err != nil {
		return "(" + jobs.DecodeReason(f.Err) + ")"
	}
	name := map[string]string{"host": f.Host, "service": f.Service, "command": f.Command, "type": f.Kind.String()}[l.o.groupBy]
	return cmp.Or(name, "(none)")
}
