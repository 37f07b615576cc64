package result

import (
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

// hostStates are the states of a host. The core takes the code of a passive host result as one of them.
var hostStates = []string{"UP", "DOWN", "UNREACHABLE"}

// returnCode is the value of --returncode: that of a plugin, or the state of a host.
type returnCode struct {
	cli.StateCode
	word string // as typed, in upper case
}

// Set reads a number or a word in any case.
func (c *returnCode) Set(s string) error {
	c.word = strings.ToUpper(s)
	if state := slices.Index(hostStates, c.word); state >= 0 {
		c.StateCode = cli.StateCode(state)
		return nil
	}
	return c.StateCode.Set(s)
}

func (c *returnCode) String() string {
	if c == nil {
		return ""
	}
	return c.word
}

// checkCode checks that --returncode fits the kind of result.
func (o *sendOptions) checkCode() error {
	plugin := o.active || o.service.Given
	switch {
	case plugin && slices.Contains(hostStates, o.code.word):
		return cmderr.Usagef("--returncode %s is the state of a host, for passive host results only", o.code.word).
			Hint("for a service and with --active, CODE is that of a plugin: 0 to 3, OK, WARNING, CRITICAL or UNKNOWN")
	case plugin || o.lines || o.checkMulti:
		return nil
	case slices.Contains([]string{"3", "WARNING", "CRITICAL", "UNKNOWN"}, o.code.word):
		return cmderr.Usagef("--returncode: %v", errHostState(o.code.word)).
			Hint("if it is the code of a plugin, let the core make a state of it: %v", cmderr.Again("--active"))
	}
	return nil
}

// errHostState is for a code that is no state of a host, which the core would take nevertheless.
func errHostState(code string) error {
	return cmderr.Errorf("%s is no state of a host; a passive host result has 0 (UP), 1 (DOWN) or 2 (UNREACHABLE)", code)
}
