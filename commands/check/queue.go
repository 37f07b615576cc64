package check

import (
	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire/modgearman"
)

// queueFlags choose the queue of a check.
type queueFlags struct {
	queue   string
	routing cli.RoutingFlags
}

func (t *queueFlags) flags() []urfave.Flag {
	return append([]urfave.Flag{
		&urfave.StringFlag{Name: "queue", Destination: &t.queue, Usage: "send to this `QUEUE`"},
	}, t.routing.Flags()...)
}

// choose returns the queue of a check. It is a usage error if the core would run the check itself.
func (t *queueFlags) choose(env *cli.Env, o *sendOptions) (string, error) {
	described := t.routing.Named() || t.routing.Objects != ""
	if t.queue != "" {
		if described {
			return "", cmderr.Usagef("--queue excludes groups, variables and --objects")
		}
		return t.queue, servers.CheckQueueName(t.queue)
	}
	config, err := env.Config()
	switch {
	case err != nil:
		return "", err
	case config == nil && described:
		return "", cmderr.Usagef("groups and variables need a configuration to choose the queue").
			Hint("name it with --config FILE, or the queue with --queue")
	case config == nil:
		return o.kind.String(), nil
	}
	object, err := t.routing.Object(o.host, o.service)
	if err != nil {
		return "", err
	}
	rules := config.Settings(modgearman.ProgramNEB).Route()
	t.routing.WarnUnknownGroups(env, rules)
	decision := modgearman.Route(rules, object)
	if !decision.Local {
		return decision.Queue, servers.CheckQueueName(decision.Queue)
	}
	why := decision.Steps[len(decision.Steps)-1]
	return "", cmderr.Usagef("according to %s the core runs this check itself: %s: %s", config.Path, why.Rule, why.Detail).Hint("name a queue with --queue")
}
