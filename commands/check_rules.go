package commands

import (
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/wire/modgearman"
)

// ruleOptions are the flags that say how plugins are run. What is not given comes from --config, else from the
// defaults of the C worker.
type ruleOptions struct {
	identifier    string
	jobTimeout    time.Duration
	timeoutReturn string
	noErrors      bool
	paths         cli.StringSlice
	forbidden     string
}

// timeoutReturns are the choices of --timeout-return.
func timeoutReturns() []string { return []string{"0", "1", "2", "3"} }

func (o *ruleOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "identifier", Destination: &o.identifier, Usage: "`NAME` of the worker (default: identifier, else the host name)"},
		durationFlag("job-timeout", &o.jobTimeout, 0, "kill plugins that run longer than `DURATION` and set no timeout (default: job_timeout, else 1m)"),
		&cli.StringFlag{Name: "timeout-return", Destination: &o.timeoutReturn, Usage: "exit `CODE` reported for a plugin that timed out: 0 to 3 (default: timeout_return, else 2)"},
		&cli.BoolFlag{Name: "no-error-output", Destination: &o.noErrors, Usage: "drop what plugins write to stderr (show_error_output=no)"},
		&cli.StringSliceFlag{Name: "restrict-path", Destination: &o.paths, Usage: "run only plugins under `DIRECTORY`; repeatable (default: restrict_path)"},
		&cli.StringFlag{Name: "restrict-characters", Destination: &o.forbidden, Usage: "with --restrict-path: refuse command lines containing any of `CHARACTERS` (default: restrict_command_characters)"},
	}
}

// rules returns the rules that flags and settings make.
func (o *ruleOptions) rules(env *Env, set *modgearman.Settings) (*pluginRules, error) {
	r := &pluginRules{
		env: env.childEnv(), now: env.Now,
		identifier: set.Identifier, jobTimeout: set.JobTimeout, timeoutReturn: set.TimeoutReturn,
		showErrors: set.ShowErrorOutput && !o.noErrors, paths: set.RestrictPath, forbidden: set.RestrictCommandChars,
	}
	if o.identifier != "" {
		r.identifier = o.identifier
	}
	if r.identifier == "" {
		host, err := env.Hostname()
		if err != nil {
			return nil, errorf("host name: %w", err)
		}
		r.identifier = host
	}
	if o.jobTimeout > 0 {
		r.jobTimeout = o.jobTimeout
	}
	if paths := o.paths.Value(); len(paths) > 0 {
		r.paths = paths
	}
	if o.forbidden != "" {
		r.forbidden = o.forbidden
	}
	if o.timeoutReturn != "" {
		code, err := strconv.Atoi(o.timeoutReturn)
		if err != nil {
			return nil, usagef("--timeout-return %.60q: must be from 0 to 3", o.timeoutReturn)
		}
		r.timeoutReturn = code
	}
	if r.timeoutReturn < stateOK || r.timeoutReturn > stateUnknown {
		return nil, usagef("timeout_return %d: must be from 0 to 3", r.timeoutReturn)
	}
	return r, nil
}
