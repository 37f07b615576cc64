package check

import (
	"cmp"
	"strconv"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/plugin"
	"gearctl/wire/modgearman"
)

// pluginOptions are the flags for running plugins. The defaults are those of --config, else those of the C worker.
type pluginOptions struct {
	identifier    string
	jobTimeout    time.Duration
	timeoutReturn string
	noErrors      bool
	paths         urfave.StringSlice
	forbidden     string
}

// timeoutReturns are the choices of --timeout-return.
func timeoutReturns() []string { return []string{"0", "1", "2", "3"} }

func (o *pluginOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "identifier", Destination: &o.identifier, Usage: "`NAME` of the worker (default: identifier, else the host name)"},
		cli.DurationFlag("job-timeout", &o.jobTimeout, 0, "for jobs without a timeout of their own: kill the plugin after `DURATION` (default: job_timeout, else 1m)"),
		&urfave.StringFlag{Name: "timeout-return", Destination: &o.timeoutReturn, Usage: "exit `CODE` reported for a plugin that timed out: 0 to 3 (default: timeout_return, else 2)"},
		&urfave.BoolFlag{Name: "no-error-output", Destination: &o.noErrors, Usage: "drop what plugins write to stderr (show_error_output=no)"},
		&urfave.StringSliceFlag{Name: "restrict-path", Destination: &o.paths, Usage: "run only plugins under `DIRECTORY`; repeatable (default: restrict_path)"},
		&urfave.StringFlag{Name: "restrict-characters", Destination: &o.forbidden, Usage: "with --restrict-path: refuse command lines containing any of `CHARACTERS` (default: restrict_command_characters)"},
	}
}

// runner returns a plugin runner for flags and settings.
func (o *pluginOptions) runner(env *cli.Env, set *modgearman.Settings) (*plugin.Runner, error) {
	r := &plugin.Runner{
		Env: env.ChildEnv(), Now: env.Now,
		Identifier: cmp.Or(o.identifier, set.Identifier), JobTimeout: cmp.Or(o.jobTimeout, set.JobTimeout), TimeoutReturn: set.TimeoutReturn,
		ShowStderr: set.ShowErrorOutput && !o.noErrors, Paths: set.RestrictPath, Forbidden: cmp.Or(o.forbidden, set.RestrictCommandChars),
	}
	if r.Identifier == "" {
		host, err := env.Hostname()
		if err != nil {
			return nil, cmderr.Errorf("host name: %w", err)
		}
		r.Identifier = host
	}
	if paths := o.paths.Value(); len(paths) > 0 {
		r.Paths = paths
	}
	if o.timeoutReturn != "" {
		code, err := strconv.Atoi(o.timeoutReturn)
		if err != nil {
			return nil, cmderr.Usagef("--timeout-return %.60q: must be from 0 to 3", o.timeoutReturn)
		}
		r.TimeoutReturn = code
	}
	if r.TimeoutReturn < nagios.StateOK || r.TimeoutReturn > nagios.StateUnknown {
		return nil, cmderr.Usagef("timeout_return %d: must be from 0 to 3", r.TimeoutReturn)
	}
	return r, nil
}
