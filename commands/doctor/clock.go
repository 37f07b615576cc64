package doctor

import (
	"gearctl/commands/internal/cmderr"

	"golang.org/x/sys/unix"
)

// checkClock queries whether the kernel's clock is synchronised. It changes nothing.
func checkClock(s *section) {
	var t unix.Timex // Modes 0: only read
	state, err := unix.Adjtimex(&t)
	reportClock(s, state, &t, err)
}

// reportClock reports the state of the clock.
func reportClock(s *section, state int, t *unix.Timex, err error) {
	const object = "this host"
	switch {
	case err != nil:
		s.unknown(object, "timedatectl", "cannot query the kernel's clock state: %s", cmderr.RootCause(err))
	case t.Status&unix.STA_UNSYNC != 0 || state == unix.TIME_ERROR:
		s.warn(object, "timedatectl set-ntp true", "the clock is not synchronised: latencies, max-age and freshness are wrong if the workers' clocks differ")
	default:
		s.ok(object, "the clock is synchronised")
	}
}
