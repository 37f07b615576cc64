package wire

import "fmt"

// Priority orders the waiting jobs of a function: the server hands out all of one priority before any of the next.
type Priority int8

// The three priorities of the protocol. The zero Priority is one that is not known or was not chosen; it is submitted as
// PriorityNormal.
const (
	PriorityUnknown Priority = iota
	PriorityHigh
	PriorityNormal
	PriorityLow
)

var priorityNames = [...]string{"", "high", "normal", "low"}

// String returns "high", "normal" or "low", and "" for PriorityUnknown.
func (p Priority) String() string { return priorityNames[p] }

// ParsePriority reads "high", "normal" or "low".
func ParsePriority(s string) (Priority, error) {
	for p := PriorityHigh; p <= PriorityLow; p++ {
		if s == p.String() {
			return p, nil
		}
	}
	return PriorityUnknown, fmt.Errorf("priority %.50q: not high, normal or low", s)
}
