package cli

import (
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
)

// FlagVariables returns the environment variables that replace a global flag that is not given, in order of precedence.
// One that is set and empty counts as not set. The flag package reads none of them: it would take an empty one for a value.
func FlagVariables(flag string) []string {
	switch flag {
	case "server":
		return serverVariables()
	case "config":
		return []string{envConfig}
	case "context":
		return []string{envContext}
	case "timeout":
		return []string{"GEARCTL_TIMEOUT"}
	case "answer-timeout":
		return []string{"GEARCTL_ANSWER_TIMEOUT"}
	case "output":
		return []string{"GEARCTL_OUTPUT"}
	}
	return nil
}

// ReadVariables sets what flags, the global ones of a line as --name=value, leave to the environment. Servers are read
// when they are asked for.
func (e *Env) ReadVariables(flags []string) error {
	g := &e.Globals
	g.OutputGiven = hasGlobal(flags, "output")
	g.Config.OnLine = hasGlobal(flags, "config")
	if v := e.Getenv("GEARCTL_OUTPUT"); v != "" && !g.OutputGiven {
		g.output = v
	}
	if v := e.Getenv(envConfig); v != "" && !g.Config.OnLine {
		g.Config.Path = v
	}
	if v := e.Getenv("GEARCTL_TIMEOUT"); v != "" && !g.TimeoutGiven {
		if err := (givenDuration{(*Duration)(&g.Timeout), &g.TimeoutGiven}).Set(v); err != nil {
			return cmderr.Usagef("GEARCTL_TIMEOUT %.60q: %v", v, err)
		}
	}
	if v := e.Getenv("GEARCTL_ANSWER_TIMEOUT"); v != "" && !hasGlobal(flags, "answer-timeout") {
		if err := (*Duration)(&g.answerTimeout).Set(v); err != nil {
			return cmderr.Usagef("GEARCTL_ANSWER_TIMEOUT %.60q: %v", v, err)
		}
	}
	return nil
}

func hasGlobal(flags []string, name string) bool {
	return slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "--"+name+"=") })
}
