package wire

import (
	"context"
	"fmt"
)

// HandleMark returns the number of a job that the server has just made, on a queue of its own that is removed again. A
// job that is submitted later and gets a handle with a number up to it was merged into an older job with the same
// unique key, and its workload thrown away. It needs at least a server that tells handles ending in a number.
func (c *Conn) HandleMark(ctx context.Context) (uint64, error) {
	function := "gearctl_canary_" + NewUniqueSource().Next()
	if err := c.Send(CanDo, []byte(function)); err != nil { // first, so that nobody sees the queue without a worker
		return 0, c.opError(ctx, CanDo.String(), err)
	}
	handle, err := c.Submit(ctx, &Submission{Function: function, Unique: function, Workload: []byte("mark"), Background: true})
	if err != nil {
		return 0, err
	}
	_, err = c.Take(ctx, &Take{Function: function, Answer: AnswerComplete, Job: func(Job) error { return nil }})
	if err != nil {
		return 0, err
	}
	c.DropFunction(ctx, function) // servers without the command let it vanish by themselves
	number, ok := HandleNumber([]byte(handle))
	if !ok {
		return 0, fmt.Errorf("%s: the handle %.100q has no number: which jobs are new cannot be told", c.Server(), handle)
	}
	return number, nil
}
