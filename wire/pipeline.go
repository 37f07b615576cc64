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

// Pipeline sends admin commands whose answers are read later: by Status, PriorityStatus, JobTotals, JobSnapshot, Version or Workers, called in the
// order of the commands and with no other request in between but a Proof that was begun. The answers then take one round
// trip together. After an error that is no *ServerError the connection is good for Close only.
func (c *Conn) Pipeline(commands ...string) {
	for _, line := range commands {
		c.ask(line, toDot)
	}
	c.pipelined = append(c.pipelined, commands...)
}

// PipelineDrop is Ahead for DropFunction, which must follow with the same name. A name that is no word in an admin command is
// left to it.
func (c *Conn) PipelineDrop(name string) {
	if CheckAdminWord(name) == nil {
		c.ask(dropLine(name), toEcho)
		c.pipelined = append(c.pipelined, dropLine(name))
	}
}

// PipelineCreate is Ahead for CreateFunction, which must follow with the same name. A name that it refuses is left to it.
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
