//go:build soak

package commandtest

// CrashRounds is how often a crash test kills a process.
const CrashRounds = 20
