package wire

import "time"

// On a link with a long delay, a window of jobs arrives at once and then nothing for a round trip: the window grows. On a slow
// link, jobs arrive steadily and more grabs would not help.
const (
	longWait  = 50 * time.Millisecond // a longer wait for a byte is network delay
	maxGrowth = 16                    // times the requested window
)

// baseWindow is the requested number of grabs in flight.
func (k *taker) baseWindow() int {
	if k.oneAtATime() {
		return 1
	}
	return orDefault(k.Window, DefaultWindow)
}

// window is how many grabs may be in flight. It does not grow near MaxUnacked, which jobs in flight may exceed.
func (k *taker) window() int {
	base := k.baseWindow()
	return max(base, min(base*k.wider, k.holdMax()/4))
}

// waited is called after a wait for bytes. The window doubles after a long wait if half of it arrived since the last long
// wait, provided that the number of waiting jobs is known.
func (k *taker) waited(d time.Duration) {
	if d < longWait {
		return
	}
	if k.sized && k.burst >= k.window()/2 && !k.oneAtATime() {
		k.wider = min(2*k.wider, maxGrowth)
	}
	k.burst = 0
}
