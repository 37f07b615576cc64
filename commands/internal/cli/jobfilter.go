package cli

import (
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
)

// FilterFlags are the flags that choose among the jobs of a queue or an archive.
type FilterFlags struct {
	match urfave.StringSlice
	older time.Duration
	Keys  KeyFlags
}

func (o *FilterFlags) Flags() []urfave.Flag {
	return append([]urfave.Flag{
		&urfave.StringSliceFlag{Name: "match", Destination: &o.match, Usage: "only jobs matching `FIELD=GLOB`:  " + strings.Join(jobs.MatchFields, ", ") + "; all fields must match; several globs for one field are alternatives"},
		DurationFlag("older-than", &o.older, 0, "only jobs that were due at least `DURATION` ago"),
	}, o.Keys.Flags(true)...)
}

// None reports whether every job is meant.
func (o *FilterFlags) None() bool { return len(o.match.Value()) == 0 && o.older == 0 }

// String describes which jobs are meant.
func (o *FilterFlags) String() string {
	conditions := slices.Sorted(slices.Values(o.match.Value()))
	if o.older > 0 {
		conditions = append(conditions, "older than "+cmderr.ShortDuration(o.older))
	}
	return strings.Join(conditions, " ")
}

// Filter returns the filter, nil when every job is meant.
func (o *FilterFlags) Filter(env *Env) (*jobs.Filter, error) {
	if o.None() {
		return nil, nil
	}
	var before time.Time
	if o.older > 0 {
		before = env.Now().Add(-o.older)
	}
	f, err := jobs.NewFilter(o.match.Value(), before)
	if err != nil {
		return nil, err
	}
	f.Keys, err = o.Keys.Decoding(env)
	return f, err
}
