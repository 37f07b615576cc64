package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Longest names that gearmand 1.1.20 handles, in bytes (libgearman limits.h; a unique key of exactly 64 bytes is
// accepted and corrupts the workload, a function name over 511 cannot be addressed by Mod-Gearman).
const (
	MaxFunction = 511
	MaxUnique   = 63
	MaxHandle   = 63
)

var (
	errEmpty = errors.New("is empty")
	errNUL   = errors.New("holds a NUL byte")
)

// CheckFunction returns an error for a function name that is empty, over MaxFunction bytes, or contains a control character.
// A tab or line end in a name breaks the server's status for all tools, and other control characters reach terminals.
// Spaces are fine in binary packets.
func CheckFunction(name string) error {
	if err := checkName(name, MaxFunction); err != nil {
		return err
	}
	if i := strings.IndexFunc(name, unicode.IsControl); i >= 0 {
		r, _ := utf8.DecodeRuneInString(name[i:])
		return fmt.Errorf("holds the control character %q, which breaks the status of its server", r)
	}
	return nil
}

// CheckUnique returns an error for a unique key over MaxUnique bytes or with a NUL byte. An empty key means none.
func CheckUnique(key string) error {
	if key == "" {
		return nil
	}
	return checkName(key, MaxUnique)
}

// CheckHandle returns an error for a string that cannot be a job handle.
func CheckHandle(handle string) error {
	if err := checkName(handle, MaxHandle); err != nil {
		return err
	}
	return CheckAdminWord(handle)
}

func checkName(s string, limit int) error {
	switch {
	case s == "":
		return errEmpty
	case len(s) > limit:
		return fmt.Errorf("is %d bytes long, over the limit of %d", len(s), limit)
	case strings.IndexByte(s, 0) >= 0:
		return errNUL
	}
	return nil
}

// CheckAdminWord returns an error for a word that the admin protocol cannot carry: it splits lines at white space and has no
// quoting, so a name with a space, CR, LF or NUL would change the command.
func CheckAdminWord(word string) error {
	if word == "" {
		return errEmpty
	}
	if strings.ContainsAny(word, " \t\v\f\r\n\x00") {
		return errors.New("holds a blank or control byte, which the admin protocol cannot carry")
	}
	return nil
}
