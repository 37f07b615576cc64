package wire

import (
	"context"
	"time"
)

// How many jobs, and how much time, may pass between two jobs that mark what is new.
const (
	markEvery = 250
	markAge   = 10 * time.Millisecond
)

// marker makes the jobs of our own whose handles tell what is new, on a queue of their own. A nil one makes none.
type marker struct {
	function string
	keys     *UniqueSource
	last     time.Time
	passed   int // jobs since the last
}

func newMarker() *marker {
	keys := NewUniqueSource()
	return &marker{function: "gearctl_canary_" + keys.Next(), keys: keys}
}

// due reports whether one is to go ahead of the next job.
func (m *marker) due() bool {
	if m == nil {
		return false
	}
	m.passed++
	return m.passed > markEvery || time.Since(m.last) >= markAge
}

func (m *marker) job() *Submission {
	m.passed, m.last = 0, time.Now()
	return &Submission{Function: m.function, Unique: m.keys.Next(), Background: true}
}

// remove takes the jobs away, and their queue.
func (m *marker) remove(ctx context.Context, c *Conn) error {
	if m == nil {
		return nil
	}
	_, err := c.Take(ctx, &Take{Function: m.function, Answer: AnswerComplete, Job: func(Job) error { return nil }})
	if err != nil {
		return err
	}
	c.DropFunction(ctx, m.function) // servers without the command let it vanish by themselves
	return nil
}
