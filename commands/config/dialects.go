package config

import (
	"strconv"

	"gearctl/commands/internal/modconf"
	"gearctl/wire/modgearman"
)

// dialectValues are the values of an option for the C programs and for those in Go.
type dialectValues struct{ c, golang string }

// changed reports whether the values differ from those of lines and defaults.
func (t dialectValues) changed(v modgearman.Value) bool {
	return len(v.Option.CNames) > 0 && t.c != v.C || len(v.Option.GoNames) > 0 && t.golang != v.Go
}

// effectiveValues returns the options whose value depends on more than their own lines: queues that are on because no line
// names any, and two numbers that limit each other.
func effectiveValues(c modconf.Config) map[string]dialectValues {
	inC, inGo := c.Settings(c.Role.Program()), c.Settings(modgearman.ProgramGoWorker)
	return map[string]dialectValues{
		"hosts":         {yesNo(inC.Hosts), yesNo(inGo.Hosts)},
		"services":      {yesNo(inC.Services), yesNo(inGo.Services)},
		"eventhandler":  {yesNo(inC.Eventhandlers), yesNo(inGo.Eventhandlers)},
		"notifications": {yesNo(inC.Notifications), yesNo(inGo.Notifications)},
		"min-worker":    {strconv.Itoa(inC.MinWorker), strconv.Itoa(inGo.MinWorker)},
		"max-worker":    {strconv.Itoa(inC.MaxWorker), strconv.Itoa(inGo.MaxWorker)},
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
