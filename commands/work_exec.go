package commands

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"

	"gearctl/output"
	"gearctl/wire"
)

// jobCommand does jobs with a command.
type jobCommand struct {
	env  *Env
	o    *workOptions
	path string
	base []string // environment of the command, without the job's
}

// newJobCommand finds the command before any job is taken.
func newJobCommand(env *Env, o *workOptions) (*jobCommand, error) {
	path, err := exec.LookPath(o.command[0])
	if err != nil {
		inShell := typedWords{args: o.queues, trailing: []string{"sh", "-c", strings.Join(o.command, " ")}, dashes: true}
		return nil, withHint(startCause(err), "give its path, or run a shell: %v", sameLine{words: &inShell})
	}
	return &jobCommand{env: env, o: o, path: path, base: env.childEnv()}, nil
}

// run does one job: the payload is stdin, stdout is the result. A command that fails makes the job fail, with its
// stderr as a warning.
func (c *jobCommand) run(ctx context.Context, j *wire.ActiveJob) error {
	p := &process{
		argv: append([]string{c.path}, c.o.command[1:]...), env: c.jobEnv(j), stdin: slices.Clone(j.Workload),
		now: c.env.Now, timeout: c.o.timeout, limit: int(c.env.globals.maxPacket), killAtLimit: true,
	}
	if c.o.stream {
		p.stdout, p.limit = j.Data, 0
	}
	r, err := runProcess(ctx, p)
	if err != nil {
		c.env.Warn("job %s: %v", j.Handle, err)
		return j.Fail()
	}
	if r.err != nil {
		return r.err
	}
	return c.answer(j, r)
}

func (c *jobCommand) answer(j *wire.ActiveJob, r *processResult) error {
	c.env.Verbose("job %s of %s: exit code %d after %s", j.Handle, j.Function, r.code, output.Seconds(r.took.Seconds()))
	if why := c.failure(r); why != "" {
		c.env.Warn("job %s of %s on %s: %s", j.Handle, j.Function, j.Server, why)
		if len(r.stderr) > 0 {
			if err := c.warn(j, r.stderr); err != nil {
				return err
			}
		}
		return j.Fail()
	}
	return j.Complete(r.stdout)
}

// warn tells the client that waits what the command wrote to stderr, or us where the server cannot.
func (c *jobCommand) warn(j *wire.ActiveJob, stderr []byte) error {
	err := j.Warning(stderr)
	if errors.Is(err, wire.ErrNoParts) {
		c.env.Info("job %s on %s: %v: its stderr does not reach the client: %.300s", j.Handle, j.Server, wire.ErrNoParts, stderr)
		return nil
	}
	return err
}

// failure says why the command did not do its job, or nothing.
func (c *jobCommand) failure(r *processResult) string {
	name := c.o.command[0]
	switch {
	case r.timedOut:
		return name + " took longer than " + shortDuration(c.o.timeout) + " and was killed"
	case r.overLimit:
		return name + " wrote more than " + output.Bytes(int64(c.env.globals.maxPacket)) + " and was killed; --max-packet allows more"
	case r.signal != 0:
		return name + " was ended by a signal: " + r.signal.String()
	case r.code != 0:
		return name + " exited with code " + output.Count(int64(r.code))
	}
	return ""
}

func (c *jobCommand) jobEnv(j *wire.ActiveJob) []string {
	return append(slices.Clip(c.base),
		"GEARMAN_FUNCTION="+string(j.Function),
		"GEARMAN_HANDLE="+string(j.Handle),
		"GEARMAN_UNIQUE="+string(j.Unique))
}
