package doctor

import (
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/host"
)

// checkClock queries whether the kernel's clock is synchronised. It changes nothing.
func checkClock(s *section) {
	synchronised, err := host.ClockSynchronised()
	reportClock(s, synchronised, err)
}

// reportClock reports the state of the clock.
func reportClock(s *section, synchronised bool, err error) {
	const object = "this host"
	switch {
	case err != nil:
		s.unknown(object, "timedatectl", "cannot query the kernel's clock state: %s", cmderr.RootCause(err))
	case !synchronised:
		s.warn(object, "timedatectl set-ntp true", "the clock is not synchronised: latencies, max-age and freshness are wrong if the workers' clocks differ")
	default:
		s.ok(object, "the clock is synchronised")
	}
}
