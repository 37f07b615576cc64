package modgearman

import (
	"slices"
	"strings"
)

// OptionType says how a program reads the value of an option.
type OptionType int

// The types.
const (
	TypeString OptionType = iota
	TypeBool
	TypeInt
	TypeFloat
	TypeList    // repeatable and comma separated
	TypePaths   // repeatable, one a line
	TypeServers // a list of addresses
	TypeSecret  // never shown
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

// The sets that matter to the table: who parses the C dialect, who the Go dialect.
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
	Name    string // the name we call it by
	CNames  []string
	GoNames []string // spellings that the programs of the dialect know; empty when it does not know the option
	Users   Users
	Type    OptionType
	// DefaultC and DefaultGo are the values where none is written, "" for none.
	DefaultC, DefaultGo string
	// Note says what values there are, or what is odd about the option.
	Note string
	// Obsolete says since when and what to use instead, "" while the option is alive.
	Obsolete string
}

// Names returns every spelling, the option's own name first.
func (o Option) Names() []string {
	names := []string{o.Name}
	for _, name := range append(slices.Clone(o.CNames), o.GoNames...) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Knows reports whether the programs of a dialect accept a spelling of the option.
func (o Option) Knows(d Dialect, spelling string) bool {
	if d == DialectGo {
		return slices.Contains(o.GoNames, spelling)
	}
	return slices.Contains(o.CNames, spelling)
}

// Default returns the value of a dialect where none is written.
func (o Option) Default(d Dialect) string {
	if d == DialectGo {
		return o.DefaultGo
	}
	return o.DefaultC
}

// LookupOption finds an option by any spelling, in lower case and without leading hyphens.
func LookupOption(spelling string) (Option, bool) {
	at, ok := optionIndex()[spelling]
	if !ok {
		return Option{}, false
	}
	return optionTable()[at], true
}

// CloseOptions returns the spellings nearest to an unknown one, the nearest first, none when none is close.
func CloseOptions(spelling string) []string {
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

// normalOption makes - and _ the same, which people confuse most.
func normalOption(name string) string { return strings.ReplaceAll(name, "-", "_") }
