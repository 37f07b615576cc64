package modgearman

import (
	"slices"
	"strings"
)

// OptionType is the type of an option's value.
type OptionType int

// The types.
const (
	TypeString OptionType = iota
	TypeBool
	TypeInt
	TypeFloat
	TypeList    // repeatable, comma-separated
	TypePaths   // repeatable, one per line
	TypeServers // a list of addresses
	TypeSecret  // never printed
	TypeInclude
)

// Users is a set of programs.
type Users uint8

// The programs that read Mod-Gearman configuration.
const (
	UsedByNEB     Users = 1 << iota // the module in the core
	UsedByWorker                    // mod_gearman_worker in C
	UsedByGo                        // mod-gearman-worker-go
	UsedByTools                     // send_gearman and send_multi in C
	UsedByGoTools                   // send_gearman in Go
)

// Sets for the table of options.
const (
	usedByC    = UsedByNEB | UsedByWorker | UsedByTools
	usedByGo   = UsedByGo | UsedByGoTools
	usedByAll  = usedByC | usedByGo
	usedByBoth = UsedByNEB | UsedByWorker | UsedByGo
)

// String lists the programs: NEB, worker, Go worker, tools, Go tools.
func (u Users) String() string {
	var names []string
	for i, name := range []string{"NEB", "worker", "Go worker", "tools", "Go tools"} {
		if u&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Option is one configuration option.
type Option struct {
	Name string // canonical name
	// CNames and GoNames are the spellings in each dialect; empty: it does not have the option.
	CNames, GoNames []string
	Users           Users
	Type            OptionType
	// DefaultC and DefaultGo are the defaults in each dialect; "": none.
	DefaultC, DefaultGo string
	// Note describes the values, or peculiarities of the option.
	Note string
	// Obsolete is why the option is obsolete, or "".
	Obsolete string
}

// Names returns all spellings, the canonical name first.
func (o Option) Names() []string {
	names := []string{o.Name}
	for _, name := range append(slices.Clone(o.CNames), o.GoNames...) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Knows reports whether a dialect accepts a spelling of the option.
func (o Option) Knows(d Dialect, spelling string) bool {
	if d == DialectGo {
		return slices.Contains(o.GoNames, spelling)
	}
	return slices.Contains(o.CNames, spelling)
}

// Default returns the default in a dialect.
func (o Option) Default(d Dialect) string {
	if d == DialectGo {
		return o.DefaultGo
	}
	return o.DefaultC
}

// LookupOption finds an option by any spelling, which must be in lower case and without leading hyphens.
func LookupOption(spelling string) (Option, bool) {
	at, ok := optionIndex()[spelling]
	if !ok {
		return Option{}, false
	}
	return optionTable()[at], true
}

// CloseOptions returns the known spellings closest to an unknown one, sorted, or none if no spelling is close.
func CloseOptions(spelling string) []string {
	const longest = 40 // no option is as long
	if len(spelling) > longest {
		return nil
	}
	best, limit := []string(nil), 1+len(spelling)/6
	for distance := 1; distance <= limit && len(best) == 0; distance++ {
		for name := range optionIndex() {
			if EditDistance(normalOption(spelling), normalOption(name)) < distance {
				best = append(best, name)
			}
		}
	}
	slices.Sort(best)
	return best
}

// normalOption replaces - by _: they are often confused.
func normalOption(name string) string { return strings.ReplaceAll(name, "-", "_") }
