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

// inspection collects what is shown of the jobs of one queue.
type inspection struct {
	p           *peeker
	q           servers.Queue
	seen        int
	bytes       int64
	shown       []row
	kept        int64 // bytes of the rows or groups kept
	undecrypted int   // jobs shown that no given key decrypts
	groups      map[string]*groupRow
}

// inspect takes note of the next job.
func (i *inspection) inspect(j wire.Job) error {
	if i.bytes += int64(len(j.Workload)); i.bytes > int64(i.p.o.limitBytes) {
		return errHoldBytes
	}
	switch {
	case i.p.groups != nil:
		if err := i.count(j); err != nil {
			return err
		}
	case i.seen < i.p.o.max:
		row := i.row(j)
		if i.kept += row.size(); i.kept > int64(i.p.env.Globals.MaxPacket) && len(i.shown) > 0 {
			return errShownBytes
		}
		i.shown = append(i.shown, row)
	}
	i.seen++
	return nil
}

// finish prints the result. It runs after the jobs are released, so that a slow reader of the output holds none.
func (i *inspection) finish() error {
	i.p.printed = i.p.printed || i.seen > 0
	if i.p.groups != nil {
		groups := slices.SortedFunc(maps.Values(i.groups), func(a, b *groupRow) int {
			return cmp.Or(-cmp.Compare(a.Jobs, b.Jobs), cmp.Compare(a.Group, b.Group))
		})
		for _, g := range groups {
			if err := i.p.groups.Print(*g); err != nil {
				return err
			}
		}
		return nil
	}
	if i.undecrypted > 0 && i.p.raw == nil {
		i.p.env.Info("%s on %s: %s could not be decrypted with the given keys; give the workers' key with --key-file FILE",
			i.q.Function, i.q.Server, output.Plural(int64(i.undecrypted), "of the jobs shown", "of the jobs shown"))
	}
	for _, row := range i.shown {
		if err := i.print(row); err != nil {
			return err
		}
	}
	return nil
}

func (i *inspection) print(row row) error {
	if i.p.raw != nil {
		return i.p.raw.Job(wire.Job{Workload: row.Data})
	}
	return i.p.rows.Print(row)
}

func (i *inspection) row(j wire.Job) row {
	row := row{
		Server: i.q.Server, Queue: i.q.Function, Size: len(j.Workload), Unique: string(j.Unique), Handle: string(j.Handle),
	}
	if i.p.showsData {
		row.Data = bytes.Clone(j.Workload)
	}
	row.Preview = jobs.Preview(j.Workload, i.p.keys)
	f := jobs.ReadFacts(j.Workload, i.p.keys)
	if f.Err != nil {
		row.Reason = new(jobs.DecodeReason(f.Err))
		if jobs.IsLocked(f.Err) {
			i.undecrypted++
		}
		return row
	}
	row.Type = new(f.Kind.String())
	copied := func(s string) *string { return jobs.Known(strings.Clone(s)) } // else it keeps the whole decoded job
	row.Host, row.Service, row.Command, row.ResultQueue = copied(f.Host), copied(f.Service), copied(f.Command), copied(f.ResultQueue)
	row.Age = i.age(f.Time)
	return row
}

// size returns the bytes that the row refers to.
func (r *row) size() int64 {
	size := len(r.Data) + len(r.Unique) + len(r.Preview)
	for _, s := range []*string{r.Host, r.Service, r.Command, r.ResultQueue} {
		if s != nil {
			size += len(*s)
		}
	}
	return int64(size)
}

// age returns the seconds since t, nil if t is not known.
func (i *inspection) age(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	return new(i.p.env.Now().Sub(t).Seconds())
}

// count adds a job to its group. It fails when there are too many groups to keep.
func (i *inspection) count(j wire.Job) error {
	f := jobs.ReadFacts(j.Workload, i.p.keys)
	name := i.group(&f)
	g := i.groups[name]
	if g == nil {
		name = strings.Clone(name) // else it keeps the whole decoded job
		if i.kept += int64(len(name)); int64(len(i.groups)) >= i.p.env.Globals.MaxRows || i.kept > i.p.env.Globals.MaxRows*wire.BytesPerRow {
			return errGroups
		}
		g = &groupRow{Server: i.q.Server, Queue: i.q.Function, Group: name}
		i.groups[name] = g
	}
	g.Jobs++
	g.Bytes += int64(len(j.Workload))
	if age := i.age(f.Time); age != nil && (g.Oldest == nil || *age > *g.Oldest) {
		g.Oldest = age
	}
	return nil
}

// group names the group of a job; jobs that cannot be decoded are grouped by the reason.
func (i *inspection) group(f *jobs.Facts) string {
	if i.p.o.groupBy == "queue" {
		return i.q.Function
	}
	if f.Err != nil {
		return "(" + jobs.DecodeReason(f.Err) + ")"
	}
	name := map[string]string{"host": f.Host, "service": f.Service, "command": f.Command, "type": f.Kind.String()}[i.p.o.groupBy]
	return cmp.Or(name, "(none)")
}
