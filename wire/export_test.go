package wire

// SetMaxAnswer changes how long an admin answer may be, which otherwise only a quarter of a gigabyte would test.
func (c *Conn) SetMaxAnswer(bytes int64) { c.maxAnswer = bytes }
