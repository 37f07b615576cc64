package commands

import "github.com/urfave/cli/v2"

// prioritiesFlag is that of commands that look at servers again and again: they ask prioritystatus only when they are told
// to. On all releases of gearmand it can stop a server whose workers use job time-outs (CAN_DO_TIMEOUT), and nothing shows
// which servers have such workers.
func prioritiesFlag(to *bool) cli.Flag {
	return &cli.BoolFlag{Name: "priorities", Destination: to, Usage: "also query waiting jobs by priority; this can crash a server whose workers use job timeouts"}
}

// Values of --priorities of drain and move.
const (
	prioritiesKeep = "keep"
	prioritiesLose = "lose"
)

// keptPriorities is the flag of commands that take jobs elsewhere, which counts as asking for priorities.
type keptPriorities struct{ how string }

func (k *keptPriorities) flag() cli.Flag {
	return &cli.StringFlag{Name: "priorities", Destination: &k.how, Value: prioritiesKeep, Usage: "`HOW`: keep queries waiting jobs by priority once, which can crash a server whose workers use job timeouts; lose does not"}
}

func (k *keptPriorities) check() error {
	if k.how != prioritiesKeep && k.how != prioritiesLose {
		return usagef("--priorities %.60q: must be %s or %s", k.how, prioritiesKeep, prioritiesLose)
	}
	return nil
}

// wanted reports whether a server is to be asked how many jobs of each priority wait in queues.
func (k *keptPriorities) wanted(version serverVersion, queues ...Queue) bool {
	return k.how == prioritiesKeep && prioritiesHelp(version, queues...)
}
