package workers

import (
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// markVersions marks the workers whose version differs from the most common one. A worker counts once, however many servers
// it serves. If no version is the most common, all differ.
func markVersions(rows []wideRow) {
	most, differ := commonVersion(rows)
	for i := range rows {
		r := &rows[i]
		r.Differs = differ && r.Version != nil && (most == "" || *r.Version != most)
	}
}

// commonVersion returns the most common version, empty if there is none, and whether versions differ.
func commonVersion(rows []wideRow) (most string, differ bool) {
	count := map[string]int{}
	var seen []string
	for _, r := range rows {
		if r.Version == nil {
			continue
		}
		if key := *r.Version + "\x00" + *r.Worker; !slices.Contains(seen, key) {
			seen = append(seen, key)
			count[*r.Version]++
		}
	}
	best := 0
	for version, n := range count {
		switch {
		case n > best:
			most, best = version, n
		case n == best:
			most = ""
		}
	}
	return most, len(count) > 1
}

// printNotes reports on stderr what is easily missed in a long table.
func printNotes(env *cli.Env, rows []wideRow, wait time.Duration) {
	for _, n := range []struct{ state, text string }{
		{wideStale, "registered, but no answer within " + cmderr.ShortDuration(wait)},
		{wideOdd, "its status queue is not served by a Mod-Gearman worker, or the worker fails"},
		{wideShared, "several connections serve its status queue: two workers of one name, or one that reconnected while the server still counts its old connection; its report is omitted where it cannot be attributed"},
		{wideGone, "its queue exists, but no worker is registered"},
		{wideAmbiguous, "belongs to one of several workers at that address, unknown which"},
	} {
		if names := workerNames(rows, func(r wideRow) bool { return r.State == n.state }); len(names) > 0 {
			env.Info("%s: %s", cmderr.Quoted(names), n.text)
		}
	}
	if most, differ := commonVersion(rows); differ {
		names := workerNames(rows, func(r wideRow) bool { return r.Differs })
		if most == "" {
			env.Info("versions differ: %s", cmderr.Quoted(names))
			return
		}
		env.Info("versions differ: most workers have %s, but not %s", most, cmderr.Quoted(names))
	}
}

// workerNames describes the wanted workers, each once.
func workerNames(rows []wideRow, wanted func(wideRow) bool) []string {
	var names []string
	for _, r := range rows {
		if !wanted(r) {
			continue
		}
		var words []string
		switch {
		case r.Worker != nil:
			words = append(words, "worker", *r.Worker)
		default:
			words = append(words, output.Plural(int64(r.Connections), "connection", "connections"), "from", *r.Address)
		}
		if r.Differs {
			words = append(words, "("+*r.Version+")")
		}
		if name := strings.Join(words, " "); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
