package cli

import (
	"strconv"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
)

// StateCode is the value of a flag for a plugin's return code: 0 to 3, or its word.
type StateCode int

// Set reads a number or a word in any case.
func (c *StateCode) Set(s string) error {
	for code, name := range nagios.StateNames {
		if strings.EqualFold(s, name) || s == strconv.Itoa(code) {
			*c = StateCode(code)
			return nil
		}
	}
	return cmderr.Errorf("not 0 to 3, OK, WARNING, CRITICAL or UNKNOWN")
}

func (c *StateCode) String() string {
	if c == nil {
		return ""
	}
	return nagios.StateName(int(*c))
}

// BareFlag is the value of a flag that may stand without one: Bare returns what it means then, unless next, the word that
// follows, is a value.
type BareFlag interface {
	Bare(next string) (value string, ok bool)
}

// OptionalText is the value of a flag for which empty and absent differ: "$VARIABLE" may be empty by accident.
type OptionalText struct {
	Text  string
	Given bool
}

// Set takes any text.
func (t *OptionalText) Set(s string) error {
	t.Text, t.Given = s, true
	return nil
}

// String returns the text: urfave/cli sets a flag's other names to what it returns.
func (t *OptionalText) String() string {
	if t == nil {
		return ""
	}
	return t.Text
}
