//go:build !soak

package commands_test

// sigtermRounds is how often each daemon is stopped.
const sigtermRounds = 2
