package modgearman

import (
	"io/fs"
	"os"
)

// Exposure returns what all users may do with a file of this mode: "read", "write", "read and write" or "".
func Exposure(mode fs.FileMode) string {
	switch {
	case !mode.IsRegular():
		return "" // a pipe is empty after it was read
	case mode&0o006 == 0o006:
		return "read and write"
	case mode&0o004 != 0:
		return "read"
	case mode&0o002 != 0:
		return "write"
	}
	return ""
}

// KeyPath returns the path of the file with the key of a dialect: the key file, or a configuration file with key=. It is
// empty if there is no key.
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

// KeyExposure is Exposure of the file at KeyPath.
func (c *Config) KeyExposure(d Dialect) string {
	info, err := os.Stat(c.located(c.KeyPath(d)))
	if err != nil {
		return ""
	}
	return Exposure(info.Mode())
}
