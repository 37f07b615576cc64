//go:build !linux

package doctor

import "errors"

// clockSynchronised fails: there is no such call on this system.
func clockSynchronised() (bool, error) { return false, errors.ErrUnsupported }
