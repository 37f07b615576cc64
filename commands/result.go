package commands

import (
	"strconv"
	"strings"

	"gearctl/wire/modgearman"
)

func newResult(env *Env) *Command {
	return &Command{
		Name: "result", Group: GroupModGearman, Short: "send check results, or read them",
		Sub: []*Command{newResultSend(env), newResultTail(env)},
	}
}

// stateNames are the words for the return codes of plugins.
var stateNames = []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

// stateName returns the word for a return code; one that no plugin should have stays a number.
func stateName(code int) string {
	if code < 0 || code >= len(stateNames) {
		return strconv.Itoa(code)
	}
	return stateNames[code]
}

// stateCode is the value of a flag for a plugin's return code: 0 to 3, or its word.
type stateCode int

// Set reads a number or a word in any case.
func (c *stateCode) Set(s string) error {
	for code, name := range stateNames {
		if strings.EqualFold(s, name) || s == strconv.Itoa(code) {
			*c = stateCode(code)
			return nil
		}
	}
	return errorf("not 0 to 3, OK, WARNING, CRITICAL or UNKNOWN")
}

func (c *stateCode) String() string {
	if c == nil {
		return ""
	}
	return stateName(int(*c))
}

// optionalText is the value of a flag for which empty and absent differ: "$VARIABLE" may be empty by accident.
type optionalText struct {
	text string
	set  bool
}

// Set takes any text.
func (t *optionalText) Set(s string) error {
	t.text, t.set = s, true
	return nil
}

// String returns the text: urfave/cli sets a flag's other names to what it returns.
func (t *optionalText) String() string {
	if t == nil {
		return ""
	}
	return t.text
}

// resultQueue returns the queue of results: the one asked for, else that of --config, else the default.
func (e *Env) resultQueue(asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	config, err := e.config()
	if err != nil || config == nil {
		return modgearman.QueueCheckResults, err
	}
	return config.Settings(modgearman.ProgramNEB).ResultQueue, nil
}
