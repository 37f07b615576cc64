package commands

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// filterFlags are the flags that choose among the jobs of a queue or an archive.
type filterFlags struct {
	match cli.StringSlice
	older time.Duration
	keys  keyOptions
}

func (o *filterFlags) flags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringSliceFlag{Name: "match", Destination: &o.match, Usage: "only jobs matching `FIELD=GLOB`:  " + strings.Join(matchFields, ", ") + "; different fields must all match, of several globs for one field any"},
		durationFlag("older-than", &o.older, 0, "only jobs that were due at least `DURATION` ago"),
	}, o.keys.flags(true)...)
}

// none reports whether every job is meant.
func (o *filterFlags) none() bool { return len(o.match.Value()) == 0 && o.older == 0 }

// String describes which jobs are meant.
func (o *filterFlags) String() string {
	conditions := slices.Sorted(slices.Values(o.match.Value()))
	if o.older > 0 {
		conditions = append(conditions, "older than "+shortDuration(o.older))
	}
	return strings.Join(conditions, " ")
}

// filter returns the filter, nil when every job is meant.
func (o *filterFlags) filter(env *Env) (*jobFilter, error) {
	if o.none() {
		return nil, nil
	}
	var before time.Time
	if o.older > 0 {
		before = env.Now().Add(-o.older)
	}
	f, err := newJobFilter(o.match.Value(), before)
	if err != nil {
		return nil, err
	}
	f.keys, err = o.keys.decoding(env)
	return f, err
}
