//go:build !linux

package host

import "errors"

// ClockSynchronised fails: there is no such call on this system.
func ClockSynchronised() (bool, error) { return false, errors.ErrUnsupported }
