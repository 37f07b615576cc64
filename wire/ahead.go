package wire

import "fmt"

// Admin commands for Ahead.
const (
	CommandStatus         = "status"
	CommandPriorityStatus = "prioritystatus"
	CommandShowJobs       = "show jobs"
	CommandVersion        = "version"
)

// Ahead sends admin commands whose answers are read later: by Status, PriorityStatus, JobTotals or Version, called in the
// order of the commands and with no other request in between but a Proof that was begun. The answers then take one round
// trip together. After an error that is no *ServerError the connection is good for Close only.
func (c *Conn) Ahead(commands ...string) {
	for _, line := range commands {
		c.sendLine(line)
	}
	c.ahead = append(c.ahead, commands...)
}

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
