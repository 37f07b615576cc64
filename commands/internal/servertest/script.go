package servertest

import (
	"fmt"
	"strings"
	"time"
)

// Script is where a Scripted server behaves differently from a job server.
type Script []Step

// Step is one deviation. Packet, Job, Canary or Ack is its place.
type Step struct {
	Packet int // the Nth packet of all connections, from 1, whether request or answer
	Job    int // the Nth submission, from 1; canaries do not count
	Canary int // the Nth canary that is submitted, from 1
	Ack    int // the Nth acknowledgement of a job that was handed out, from 1; canaries do not count
	Times  int // at so many of them in a row; 0: at one

	Do    Action
	Error string        // of Refuse: code and text; empty: QUEUE_ERROR JOB_QUEUE_FULL
	Parts string        // sent after JOB_CREATED and before Do: any of data, warning and status, in this order
	Wait  time.Duration // of Late; 0: until Release is called
}

// Action is what a Scripted server does at a step.
type Action int

// The actions. A packet or answer that Lose, Halve or Silence keeps back was handled all the same, unless it is a request.
const (
	Normal  Action = iota // nothing else
	Refuse                // answers with an ERROR, and does not take the job. At an Ack: the server does not know the job
	Lose                  // closes the connection instead of the packet or the answer
	Halve                 // closes it after half of the packet or the answer
	HangUp                // closes it after the answer and the parts
	Silence               // sends nothing more on this connection, not even the answer
	Mute                  // sends nothing more after the answer and the parts
	Late                  // answers after Wait
)

func (a Action) String() string {
	return [...]string{"as usual", "refuse", "close instead of it", "close after half of it", "close after it", "silence instead of it", "silence after it", "answer late"}[a]
}

func (s Step) String() string {
	var b strings.Builder
	for _, at := range []struct {
		what string
		n    int
	}{{"packet", s.Packet}, {"job", s.Job}, {"canary", s.Canary}, {"acknowledgement", s.Ack}} {
		if at.n > 0 {
			fmt.Fprintf(&b, "%s %d", at.what, at.n)
		}
	}
	if s.Times > 1 {
		fmt.Fprintf(&b, " and %d more", s.Times-1)
	}
	b.WriteString(": ")
	if s.Parts != "" {
		b.WriteString(s.Parts + ", ")
	}
	b.WriteString(s.Do.String())
	if s.Error != "" {
		b.WriteString(" with " + s.Error)
	}
	if s.Wait > 0 {
		fmt.Fprintf(&b, ", after %v", s.Wait)
	}
	return b.String()
}

func (s Script) String() string {
	if len(s) == 0 {
		return "no deviation"
	}
	var steps []string
	for _, step := range s {
		steps = append(steps, step.String())
	}
	return strings.Join(steps, "; ")
}

// at returns the step for the place of number n that number returns from a step, or one that only serves.
func (s Script) at(n int, number func(Step) int) Step {
	for _, step := range s {
		if first := number(step); first > 0 && n >= first && n < first+max(step.Times, 1) {
			return step
		}
	}
	return Step{}
}

func (s Script) atPacket(n int) Step { return s.at(n, func(s Step) int { return s.Packet }) }
func (s Script) atJob(n int) Step    { return s.at(n, func(s Step) int { return s.Job }) }
func (s Script) atCanary(n int) Step { return s.at(n, func(s Step) int { return s.Canary }) }
func (s Script) atAck(n int) Step    { return s.at(n, func(s Step) int { return s.Ack }) }
