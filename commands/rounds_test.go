//go:build !soak

package commands

// crashRounds is how often a test that kills processes does so.
const crashRounds = 1

// sigtermRounds is how often each daemon is stopped.
const sigtermRounds = 2
