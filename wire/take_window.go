package wire

import "time"

// On a link with a long delay a window of grabs arrives at once, and then nothing for a round trip: the window grows. On one
// that carries few bytes a second jobs trickle in, and more grabs would only stand in the way.
const (
	longWait  = 50 * time.Millisecond // waiting longer for a byte is the link's delay
	maxGrowth = 16                    // times the window that was asked for
)

// baseWindow is the number of grabs in flight that was asked for.
func (k *taker) baseWindow() int {
	if k.oneAtATime() {
		return 1
	}
	return orDefault(k.Window, DefaultWindow)
}

// window is how many grabs may be in flight. A grown one keeps far from MaxUnacked, which what is in flight may exceed.
func (k *taker) window() int {
	base := k.baseWindow()
	return max(base, min(base*k.wider, k.holdMax()/4))
}

// waited notes how long no byte came. The window doubles when half of it had come before without such a wait. It does not
// where nobody knows how many jobs wait.
func (k *taker) waited(d time.Duration) {
	if d < longWait {
		return
	}
	if k.sized && k.burst >= k.window()/2 && !k.oneAtATime() {
		k.wider = min(2*k.wider, maxGrowth)
	}
	k.burst = 0
}
