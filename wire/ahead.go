package wire

import "fmt"

// Admin commands for Ahead.
const (
	CommandStatus         = "status"
	CommandPriorityStatus = "prioritystatus"
	CommandShowJobs       = "show jobs"
	CommandVersion        = "version"
)

// Ahead sends admin commands whose answers are read later: by Status, PriorityStatus, JobTotals, Census or Version, called in the
// order of the commands and with no other request in between but a Proof that was begun. The answers then take one round
// trip together. After an error that is no *ServerError the connection is good for Close only.
func (c *Conn) Ahead(commands ...string) {
	for _, line := range commands {
		c.ask(line, toDot)
	}
	c.ahead = append(c.ahead, commands...)
}

// AheadDrop is Ahead for DropFunction, which must follow with the same name. A name that is no word in an admin command is
// left to it.
func (c *Conn) AheadDrop(name string) {
	if CheckAdminWord(name) == nil {
		c.ask(dropLine(name), toEcho)
		c.ahead = append(c.ahead, dropLine(name))
	}
}

// AheadCreate is Ahead for CreateFunction, which must follow with the same name. A name that it refuses is left to it.
func (c *Conn) AheadCreate(name string) {
	if CheckFunction(name) == nil && CheckAdminWord(name) == nil {
		c.Ahead(createLine(name))
	}
}

// IsAhead reports whether the answer to a command that was sent by Ahead or AheadDrop has not been read.
func (c *Conn) IsAhead() bool { return len(c.ahead) > 0 }

// wasSent reports whether an admin command was sent ahead, and forgets that. It is an error when another one was.
func (c *Conn) wasSent(line string) (bool, error) {
	if len(c.ahead) == 0 {
		return false, nil
	}
	if c.ahead[0] != line {
		return false, fmt.Errorf("%q was sent before %q", c.ahead[0], line)
	}
	c.ahead = c.ahead[1:]
	return true, nil
}
