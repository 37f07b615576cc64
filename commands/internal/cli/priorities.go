package cli

import (
	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
)

// PrioritiesFlag is that of commands that look at servers again and again: they ask prioritystatus only when they are told
// to. On all releases of gearmand it can stop a server whose workers use job time-outs (CAN_DO_TIMEOUT), and nothing shows
// which servers have such workers.
func PrioritiesFlag(to *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "priorities", Destination: to, Usage: "also query waiting jobs by priority; this can crash a server whose workers use job timeouts"}
}

// Values of --priorities of drain and move.
const (
	PrioritiesKeep = "keep"
	PrioritiesLose = "lose"
)

// KeptPriorities is the flag of commands that take jobs elsewhere, which counts as asking for priorities.
type KeptPriorities struct{ how string }

func (k *KeptPriorities) Flag() urfave.Flag {
	return &urfave.StringFlag{Name: "priorities", Destination: &k.how, Value: PrioritiesKeep, Usage: "`HOW`: keep (sends prioritystatus once, which can crash a server whose workers use job timeouts) or lose"}
}

func (k *KeptPriorities) Check() error {
	if k.how != PrioritiesKeep && k.how != PrioritiesLose {
		return cmderr.Usagef("--priorities %.60q: must be %s or %s", k.how, PrioritiesKeep, PrioritiesLose)
	}
	return nil
}

// Keeps reports whether the priorities of jobs are to be kept.
func (k *KeptPriorities) Keeps() bool { return k.how == PrioritiesKeep }

// Wanted reports whether a server is to be asked how many jobs of each priority wait in queues.
func (k *KeptPriorities) Wanted(version servers.Version, queues ...servers.Queue) bool {
	return k.Keeps() && jobs.PrioritiesUsable(version, queues...)
}
