package wire

import (
	"bytes"
	"context"
	"errors"
)

// JobEntry is a line of the admin command show jobs. The server tells neither the function nor the age of a job.
type JobEntry struct {
	Handle     string
	Retries    int64 // how often it was handed back
	Ignored    bool  // cancelled or abandoned: kept until a worker asks for a job
	Background bool  // not for a job that was cancelled
}

// Jobs returns every job that the server knows, waiting or running. gearmand has the command since 1.1.6; it stands
// still meanwhile, about 70 ms per 100,000 jobs.
func (c *Conn) Jobs(ctx context.Context) (Listing[JobEntry], error) {
	return list(ctx, c, "show jobs", ParseJobLine)
}

// UniqueKeys returns the unique key of every job that the server knows; a job without one gives "". A key may look
// like the end of the answer or like a refusal, so that the end is found by an ECHO_REQ.
func (c *Conn) UniqueKeys(ctx context.Context) (Listing[string], error) {
	const command = "show unique jobs"
	var keys []string
	err := c.admin(ctx, command, toEcho, func(line []byte) error {
		keys = append(keys, string(line))
		return nil
	})
	if err != nil {
		return Listing[string]{}, err
	}
	last := len(keys) - 1
	if last >= 0 && keys[last] == "." {
		return Listing[string]{Rows: keys[:last]}, nil
	}
	if last == 0 {
		err = adminError([]byte(keys[0]))
	}
	if err == nil {
		err = &FrameError{Reason: "the answer does not end with a dot"}
	}
	return Listing[string]{}, c.opError(ctx, command, err)
}

// ParseJobLine reads HANDLE TAB RETRIES TAB IGNORE TAB QUEUED.
func ParseJobLine(line []byte) (JobEntry, error) {
	f := bytes.Split(line, []byte("\t"))
	if len(f) != 4 || len(f[0]) == 0 {
		return JobEntry{}, errors.New("not HANDLE, RETRIES, IGNORE and QUEUED")
	}
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = parseCount(f[i+1]); err != nil {
			return JobEntry{}, err
		}
	}
	return JobEntry{Handle: string(f[0]), Retries: n[0], Ignored: n[1] != 0, Background: n[2] != 0}, nil
}

// JobState is what a server knows of one job.
type JobState struct {
	Known                  bool
	Running                bool
	Numerator, Denominator int64 // progress as its worker tells it
	Clients                int64 // that wait for it; -1 when the server was not asked by unique key
}

// JobStatus asks for a job by its handle. gearmand does not answer for a handle over MaxHandle bytes: CheckHandle.
func (c *Conn) JobStatus(ctx context.Context, handle string) (JobState, error) {
	p, err := c.request(ctx, GetStatus, StatusRes, []byte(handle))
	if err != nil {
		return JobState{}, err
	}
	s := jobState(p)
	s.Clients = -1
	return s, nil
}

// JobStatusUnique asks for a job by its unique key, among the jobs of all functions. gearmand has it since 1.1.0.
func (c *Conn) JobStatusUnique(ctx context.Context, unique string) (JobState, error) {
	p, err := c.request(ctx, GetStatusUnique, StatusResUnique, []byte(unique))
	if err != nil {
		return JobState{}, err
	}
	s := jobState(p)
	s.Clients = number(p.Arg(5))
	return s, nil
}

func jobState(p Packet) JobState {
	return JobState{
		Known: string(p.Arg(1)) == "1", Running: string(p.Arg(2)) == "1",
		Numerator: number(p.Arg(3)), Denominator: number(p.Arg(4)),
	}
}

// CancelJob makes the server ignore a job that waits and tell its clients that it failed. A job that runs goes on.
// The server counts the job until a worker of its function asks for one.
func (c *Conn) CancelJob(ctx context.Context, handle string) error {
	if err := CheckHandle(handle); err != nil {
		return badWord("job handle", handle, err)
	}
	return c.adminOK(ctx, "cancel job "+handle)
}
