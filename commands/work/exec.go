package work

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/process"
	"gearctl/commands/internal/workerpool"
	"gearctl/output"
	"gearctl/wire"
)

// jobCommand processes jobs by running a command for each.
type jobCommand struct {
	env     *cli.Env
	o       *options
	path    string
	base    []string  // environment of the command, without the job's variables
	requeue *requeuer // nil: failed jobs are not put back
}

// newJobCommand looks the command up, so that a missing one is reported before any job is taken.
func newJobCommand(env *cli.Env, o *options) (*jobCommand, error) {
	path, err := exec.LookPath(o.command[0])
	if err != nil {
		inShell := cmderr.TypedWords{Args: o.queues, Trailing: []string{"sh", "-c", strings.Join(o.command, " ")}, Dashes: true}
		return nil, cmderr.WithHint(process.StartError(err), "give its path, or run a shell: %v", cmderr.SameLine{Words: &inShell})
	}
	return &jobCommand{env: env, o: o, path: path, base: env.ChildEnv()}, nil
}

// prepare checks a server before jobs are taken from it.
func (c *jobCommand) prepare(ctx context.Context, conn *wire.Conn) error {
	if c.o.stream {
		if err := canStream(ctx, conn); err != nil {
			return err
		}
	}
	if c.requeue == nil {
		return nil
	}
	return c.requeue.checkServer(ctx, conn)
}

// run processes one job: the payload is stdin, stdout is the result. If the command fails, the job fails, with the
// command's stderr as a warning.
func (c *jobCommand) run(ctx context.Context, j *wire.ActiveJob) error {
	p := &process.Command{
		Argv: append([]string{c.path}, c.o.command[1:]...), Env: c.jobEnv(j), Stdin: slices.Clone(j.Workload),
		Now: c.env.Now, Timeout: c.o.timeout, Limit: int(c.env.Globals.MaxPacket), KillAtLimit: true,
	}
	if c.o.stream {
		p.Stdout, p.Limit = j.Data, 0
	}
	r, err := process.Run(ctx, p)
	if err != nil {
		return c.failed(ctx, j, err.Error(), nil)
	}
	switch {
	case ctx.Err() != nil: // it was killed
		return context.Cause(ctx)
	case r.StdoutErr != nil:
		return r.StdoutErr
	}
	return c.answer(ctx, j, r)
}

func (c *jobCommand) answer(ctx context.Context, j *wire.ActiveJob, r *process.Result) error {
	c.env.Verbose("job %s of %s: exit code %d after %s", j.Handle, j.Function, r.Code, output.Seconds(r.Took.Seconds()))
	if why := c.failure(r); why != "" {
		return c.failed(ctx, j, why, r.Stderr)
	}
	if c.requeue != nil {
		c.requeue.done(j)
	}
	return j.Complete(r.Stdout)
}

// failed fails a job, with stderr as a warning to its client, or gives it back to its queue.
func (c *jobCommand) failed(ctx context.Context, j *wire.ActiveJob, why string, stderr []byte) error {
	if c.requeue != nil {
		v := c.requeue.judge(ctx, j)
		if !v.foreground {
			why += fmt.Sprintf("; attempt %d of %d", v.attempt, c.requeue.attempts)
		}
		if v.attempt >= c.requeue.attempts && !v.foreground {
			why += ": it is not put back"
		}
		if v.again {
			c.env.Warn("job %s of %s on %s: %s, it is put back%s", j.Handle, j.Function, j.Server, why, c.requeue.when())
			return &workerpool.Release{After: c.requeue.delay}
		}
	}
	c.env.Warn("job %s of %s on %s: %s", j.Handle, j.Function, j.Server, why)
	if len(stderr) > 0 {
		if err := c.warn(j, stderr); err != nil {
			return err
		}
	}
	return j.Fail()
}

// warn sends stderr to the waiting client as a warning, or logs it if the server does not support warnings.
func (c *jobCommand) warn(j *wire.ActiveJob, stderr []byte) error {
	err := j.Warning(stderr)
	if errors.Is(err, wire.ErrNoParts) {
		c.env.Info("job %s on %s: %v: its stderr does not reach the client: %.300s", j.Handle, j.Server, wire.ErrNoParts, stderr)
		return nil
	}
	return err
}

// failure describes why the command failed; it is empty on success.
func (c *jobCommand) failure(r *process.Result) string {
	name := c.o.command[0]
	switch {
	case r.TimedOut:
		return name + " took longer than " + cmderr.ShortDuration(c.o.timeout) + " and was killed"
	case r.OverLimit:
		return name + " wrote more than " + output.Bytes(int64(c.env.Globals.MaxPacket)) + " and was killed; --max-packet allows more"
	case r.Signal != 0:
		return name + " was ended by a signal: " + r.Signal.String()
	case r.Code != 0:
		return name + " exited with code " + output.Count(int64(r.Code))
	}
	return ""
}

func (c *jobCommand) jobEnv(j *wire.ActiveJob) []string {
	return append(slices.Clip(c.base),
		"GEARMAN_FUNCTION="+string(j.Function),
		"GEARMAN_HANDLE="+string(j.Handle),
		"GEARMAN_UNIQUE="+string(j.Unique))
}
