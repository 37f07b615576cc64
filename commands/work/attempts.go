package work

import (
	"strconv"

	"gearctl/commands/internal/cmderr"
)

// defaultAttempts is how often a job is tried with --requeue.
const defaultAttempts = 3

// attemptsFlag is the value of --requeue[=N]; 0: the flag was not given.
type attemptsFlag int64

func (*attemptsFlag) IsBoolFlag() bool { return true } // the value may be left out

func (a *attemptsFlag) Set(text string) error {
	if text == "true" { // --requeue alone
		*a = defaultAttempts
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 16)
	if err != nil || n < 2 {
		return cmderr.Errorf("%.60q: not a number of attempts from 2 to 32767", text)
	}
	*a = attemptsFlag(n)
	return nil
}

func (a *attemptsFlag) String() string {
	if a == nil || *a == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*a), 10)
}
