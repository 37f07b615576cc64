package commands

import (
	"github.com/urfave/cli/v2"

	"gearctl/wire/modgearman"
)

// checkTarget are the flags that choose the queue of a check.
type checkTarget struct {
	queue   string
	routing routingOptions
}

func (t *checkTarget) flags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "queue", Destination: &t.queue, Usage: "send to this `QUEUE`"},
	}, t.routing.flags()...)
}

// choose returns the queue of a check. That the core would run the check itself is a usage error.
func (t *checkTarget) choose(env *Env, o *checkOptions) (string, error) {
	described := t.routing.named() || t.routing.objects != ""
	if t.queue != "" {
		if described {
			return "", usagef("--queue excludes groups, variables and --objects")
		}
		return t.queue, checkQueueName(t.queue)
	}
	config, err := env.config()
	switch {
	case err != nil:
		return "", err
	case config == nil && described:
		return "", usagef("groups and variables need a configuration to choose the queue").
			hint("name it with --config FILE, or the queue with --queue")
	case config == nil:
		return o.kind.String(), nil
	}
	object, err := t.routing.object(o.host, o.service)
	if err != nil {
		return "", err
	}
	decision := modgearman.Route(config.Settings(modgearman.ProgramNEB).Route(), object)
	if !decision.Local {
		return decision.Queue, checkQueueName(decision.Queue)
	}
	why := decision.Steps[len(decision.Steps)-1]
	return "", usagef("according to %s the core runs this check itself: %s: %s", config.Path, why.Rule, why.Detail).hint("name a queue with --queue")
}
