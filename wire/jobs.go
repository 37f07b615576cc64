package wire

import (
	"bytes"
	"context"
	"errors"
)

// JobEntry is a line of the admin command show jobs. The server reports neither the function nor the age of a job.
type JobEntry struct {
	Handle     string
	Retries    int64 // how often it was released
	Ignored    bool  // cancelled or abandoned: kept until a worker asks for a job
	Background bool  // not for a job that was cancelled
}

// EachJob calls f for every waiting or running job, as its line arrives. An error of f ends the operation and is returned
// unchanged; unreadable lines are returned. gearmand has the command since 1.1.6. It is blocked meanwhile, for about 70 ms
// per 100,000 jobs.
func (c *Conn) EachJob(ctx context.Context, f func(JobEntry) error) ([]*LineError, error) {
	return each(ctx, c, "show jobs", ParseJobLine, f)
}

// EachUniqueKey calls f for the unique key of every job; "" if it has none. An error of f ends the operation and is returned
// unchanged. An ECHO_REQ marks the end of the answer, because a key may look like the end or an error.
func (c *Conn) EachUniqueKey(ctx context.Context, f func(unique string) error) error {
	const command = "show unique jobs"
	last, lines := "", 0 // the last line is not a key
	err := c.admin(ctx, command, toEcho, func(line []byte) error {
		var err error
		if lines > 0 {
			err = f(last)
		}
		last = string(line)
		lines++
		return fromCallback(err)
	})
	switch {
	case err != nil || last == ".":
		return err
	case lines == 1:
		err = adminError([]byte(last))
	}
	if err == nil {
		err = &FrameError{Reason: "the answer does not end with a dot"}
	}
	return c.opError(ctx, command, err)
}

// ParseJobLine parses HANDLE TAB RETRIES TAB IGNORE TAB QUEUED.
func ParseJobLine(line []byte) (JobEntry, error) {
	handle, j, err := parseJob(line)
	if err != nil {
		return JobEntry{}, err
	}
	j.Handle = string(handle)
	return j, nil
}

// parseJob is ParseJobLine without allocations: handle is part of line.
func parseJob(line []byte) (handle []byte, j JobEntry, err error) {
	tab := bytes.IndexByte(line, '\t')
	if tab <= 0 || bytes.Count(line[tab+1:], []byte("\t")) != 2 {
		return nil, j, errors.New("not HANDLE, RETRIES, IGNORE and QUEUED")
	}
	var n [3]int64
	if _, err = numbersFromRight(line[tab:], n[:]); err != nil {
		return nil, j, err
	}
	return line[:tab], JobEntry{Retries: n[0], Ignored: n[1] != 0, Background: n[2] != 0}, nil
}

// JobState is what a server knows of one job.
type JobState struct {
	Known                  bool
	Running                bool
	Numerator, Denominator int64 // progress as its worker reports it
	Clients                int64 // waiting for it; -1: unknown, from JobStatus
}

// JobStatus returns the state of a job by handle, which must have passed CheckHandle: gearmand does not answer for a handle
// over MaxHandle bytes.
func (c *Conn) JobStatus(ctx context.Context, handle string) (JobState, error) {
	p, err := c.request(ctx, GetStatus, StatusRes, []byte(handle))
	if err != nil {
		return JobState{}, err
	}
	s := jobState(p)
	s.Clients = -1
	return s, nil
}

// JobStatusUnique returns the state of a job by unique key, among the jobs of all functions. gearmand supports it since
// 1.1.0.
func (c *Conn) JobStatusUnique(ctx context.Context, unique string) (JobState, error) {
	p, err := c.request(ctx, GetStatusUnique, StatusResUnique, []byte(unique))
	if err != nil {
		return JobState{}, err
	}
	s := jobState(p)
	s.Clients = number(p.Arg(5))
	return s, nil
}

// CountListed returns how many jobs of each set are in show jobs, waiting or running. It blocks the server as JobTotals does.
func (c *Conn) CountListed(ctx context.Context, sets ...*HandleSet) ([]int64, error) {
	n := make([]int64, len(sets))
	err := c.scanJobs(ctx, func(handle []byte, _ JobEntry) error {
		for i, s := range sets {
			if s.Has(handle) {
				n[i]++
			}
		}
		return nil
	})
	return n, err
}

// CountKnown returns how many of the jobs with these handles the server knows, waiting or running. It takes one round trip.
// gearmand searches each among all its jobs, as one in a thousand.
func (c *Conn) CountKnown(ctx context.Context, handles [][]byte) (known int, err error) {
	err = c.do(ctx, "ask for jobs on", c.nc.answer, func() error {
		for _, h := range handles {
			c.Send(GetStatus, h)
		}
		if err := c.Flush(); err != nil {
			return err
		}
		for range handles {
			switch p, err := c.receiveAnswer(); {
			case err != nil:
				return err
			case p.Type == Error:
				return AsServerError(p)
			case p.Type != StatusRes:
				return unexpected(p)
			case jobState(p).Known:
				known++
			}
		}
		return nil
	})
	return known, err
}

func jobState(p Packet) JobState {
	return JobState{
		Known: string(p.Arg(1)) == "1", Running: string(p.Arg(2)) == "1",
		Numerator: number(p.Arg(3)), Denominator: number(p.Arg(4)),
	}
}

// CancelJob makes the server ignore a waiting job and send its clients WORK_FAIL. A running job is not stopped. The server
// counts the job as waiting until a worker of its function asks for a job.
func (c *Conn) CancelJob(ctx context.Context, handle string) error {
	if err := CheckHandle(handle); err != nil {
		return badWord("job handle", handle, err)
	}
	return c.adminOK(ctx, "cancel job "+handle)
}
