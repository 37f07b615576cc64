package commands

import (
	"slices"
	"strings"
)

// flagVariables are the environment variables that speak where a global flag is not given, the strongest first. One
// that is set and empty is not set. The flag package reads none of them: it would take an empty one for a value.
func flagVariables(flag string) []string {
	switch flag {
	case "server":
		return serverVariables()
	case "config":
		return []string{envConfig}
	case "timeout":
		return []string{"GEARCTL_TIMEOUT"}
	case "answer-timeout":
		return []string{"GEARCTL_ANSWER_TIMEOUT"}
	case "output":
		return []string{"GEARCTL_OUTPUT"}
	}
	return nil
}

// readVariables sets what flags, the global ones of a line as --name=value, leave to the environment. Servers are read
// when they are asked for.
func (e *Env) readVariables(flags []string) error {
	g := &e.globals
	g.outputGiven = hasGlobal(flags, "output")
	g.config.onLine = hasGlobal(flags, "config")
	if v := e.Getenv("GEARCTL_OUTPUT"); v != "" && !g.outputGiven {
		g.output = v
	}
	if v := e.Getenv(envConfig); v != "" && !g.config.onLine {
		g.config.path = v
	}
	if v := e.Getenv("GEARCTL_TIMEOUT"); v != "" && !hasGlobal(flags, "timeout") {
		if err := (givenDuration{(*duration)(&g.timeout), &g.timeoutGiven}).Set(v); err != nil {
			return usagef("GEARCTL_TIMEOUT %.60q: %v", v, err)
		}
	}
	if v := e.Getenv("GEARCTL_ANSWER_TIMEOUT"); v != "" && !hasGlobal(flags, "answer-timeout") {
		if err := (*duration)(&g.answerTimeout).Set(v); err != nil {
			return usagef("GEARCTL_ANSWER_TIMEOUT %.60q: %v", v, err)
		}
	}
	return nil
}

func hasGlobal(flags []string, name string) bool {
	return slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "--"+name+"=") })
}
