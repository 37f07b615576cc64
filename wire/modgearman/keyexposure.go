package modgearman

import (
	"io/fs"
	"os"
)

// Exposure says what everybody on the machine may do with a file of this mode that holds a key: read it, write it, read
// and write it, or nothing, "".
func Exposure(mode fs.FileMode) string {
	switch {
	case !mode.IsRegular():
		return "" // a pipe is gone when it was read
	case mode&0o006 == 0o006:
		return "read and write"
	case mode&0o004 != 0:
		return "read"
	case mode&0o002 != 0:
		return "write"
	}
	return ""
}

// KeyPath returns the file that holds the key of a dialect: the key file or a configuration file with key=. It is empty
// where there is no key.
func (c *Config) KeyPath(d Dialect) string {
	e, inFile, ok := c.keyEntry(d)
	switch {
	case !ok:
		return ""
	case inFile:
		return e.value(d)
	}
	return e.File
}

// KeyExposure is Exposure of the file that KeyPath names.
func (c *Config) KeyExposure(d Dialect) string {
	info, err := os.Stat(c.located(c.KeyPath(d)))
	if err != nil {
		return ""
	}
	return Exposure(info.Mode())
}
