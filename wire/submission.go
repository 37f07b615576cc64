package wire

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// MaxWorkload is the largest workload in bytes that fits into a packet, whose size has 32 bits, beside the names.
const MaxWorkload = 1<<32 - 1 - 1024

// Submission is a job to be submitted.
type Submission struct {
	Function   string
	Unique     string // unique key; empty: none. Servers with a store keep only one of all jobs without a key
	Workload   []byte
	Priority   Priority
	Background bool
	At         time.Time // not before this second; zero: now. Needs Background and normal priority
}

// Check returns an error for a job that a server would damage or misread: see CheckFunction and CheckUnique.
func (s *Submission) Check() error {
	if err := CheckFunction(s.Function); err != nil {
		return fmt.Errorf("queue name %.100q %w", s.Function, err)
	}
	if err := CheckUnique(s.Unique); err != nil {
		return fmt.Errorf("unique key %.100q %w", s.Unique, err)
	}
	if int64(len(s.Workload)) > MaxWorkload {
		return fmt.Errorf("workload of %d bytes is over the limit of %d", len(s.Workload), int64(MaxWorkload))
	}
	if !s.At.IsZero() && (!s.Background || s.Priority == PriorityHigh || s.Priority == PriorityLow) {
		return errors.New("a job for a later time is always a background job of normal priority")
	}
	return nil
}

// submitTypes is indexed by background, then priority.
var submitTypes = [2][4]Type{
	{SubmitJob, PriorityHigh: SubmitJobHigh, PriorityNormal: SubmitJob, PriorityLow: SubmitJobLow},
	{SubmitJobBG, PriorityHigh: SubmitJobHighBG, PriorityNormal: SubmitJobBG, PriorityLow: SubmitJobLowBG},
}

// Type returns the packet type that submits s.
func (s *Submission) Type() Type {
	switch {
	case !s.At.IsZero():
		return SubmitJobEpoch
	case s.Background:
		return submitTypes[1][s.Priority]
	}
	return submitTypes[0][s.Priority]
}

// SendJob buffers the packet that submits s, as Send does; s must have passed Check. The server answers JOB_CREATED or
// ERROR.
func (c *Conn) SendJob(s *Submission) {
	t := s.Type()
	if t == SubmitJobEpoch {
		c.Send(t, []byte(s.Function), []byte(s.Unique), strconv.AppendInt(nil, s.At.Unix(), 10), s.Workload)
		return
	}
	c.Send(t, []byte(s.Function), []byte(s.Unique), s.Workload)
}

// UniqueSource generates unique keys: a random prefix of 96 bits and a counter. It is not safe for concurrent use.
type UniqueSource struct {
	prefix []byte
	n      uint64
}

// NewUniqueSource returns a source whose keys differ from those of all other sources.
func NewUniqueSource() *UniqueSource {
	var random [12]byte
	rand.Read(random[:])
	return &UniqueSource{prefix: append(hex.AppendEncode(nil, random[:]), '-')}
}

// Next returns a new key of at most 45 bytes.
func (u *UniqueSource) Next() string {
	u.n++
	return string(strconv.AppendUint(u.prefix, u.n, 10))
}
