package wire

import "fmt"

// Admin commands for Pipeline.
const (
	CommandStatus         = "status"
	CommandPriorityStatus = "prioritystatus"
	CommandShowJobs       = "show jobs"
	CommandVersion        = "version"
	CommandWorkers        = "workers"
)

// Pipeline buffers admin commands, so that they take one round trip together. The answers are read by Status, PriorityStatus,
// JobTotals, JobSnapshot, Version or Workers, which must be called next, in the order of the commands; only a ReleaseCheck
// may be begun in between. After an error other than a *ServerError, close the connection.
func (c *Conn) Pipeline(commands ...string) {
	for _, line := range commands {
		c.ask(line, toDot)
	}
	c.pipelined = append(c.pipelined, commands...)
}

// PipelineDrop is Pipeline for DropFunction, which must be called next with the same name. A name that DropFunction refuses
// is not sent.
func (c *Conn) PipelineDrop(name string) {
	if CheckAdminWord(name) == nil {
		c.ask(dropLine(name), toEcho)
		c.pipelined = append(c.pipelined, dropLine(name))
	}
}

// PipelineCreate is Pipeline for CreateFunction, which must be called next with the same name. A name that CreateFunction
// refuses is not sent.
func (c *Conn) PipelineCreate(name string) {
	if CheckFunction(name) == nil && CheckAdminWord(name) == nil {
		c.Pipeline(createLine(name))
	}
}

// Pipelined reports whether the answer to a pipelined command has not been read.
func (c *Conn) Pipelined() bool { return len(c.pipelined) > 0 }

// takePipelined reports whether a command is the next of those that were pipelined, and removes it. It is an error if another
// one is next.
func (c *Conn) takePipelined(line string) (bool, error) {
	if len(c.pipelined) == 0 {
		return false, nil
	}
	if c.pipelined[0] != line {
		return false, fmt.Errorf("%q was sent before %q", c.pipelined[0], line)
	}
	c.pipelined = c.pipelined[1:]
	return true, nil
}
