// Package servertest gives tests the peers of gearctl: working and misbehaving job servers, workers, jobs, and ways to
// wait for them.
//
// It does not import commands, so internal and external tests can both use it.
package servertest
