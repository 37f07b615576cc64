//go:build soak

package commandtest

// CrashRounds is how often a test that kills processes does so.
const CrashRounds = 20
