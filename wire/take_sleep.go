package wire

import "time"

// sleep waits for a NOOP, at most sleepTimeout, and resets k.empty.
func (k *taker) sleep() error {
	if err := k.settle(0); err != nil { // the answers to acknowledgements must not come while we wait for a NOOP
		return err
	}
	k.empty = false
	k.c.Send(PreSleep)
	if err := k.c.Flush(); err != nil {
		return err
	}
	woken, err := k.wait(sleepTimeout, true)
	if err != nil || !woken {
		return err
	}
	k.c.Send(k.grab)
	k.inFlight++
	if err := k.receive(); err != nil {
		return err
	}
	if k.empty {
		k.empty = false
		_, err = k.wait(emptyWakePause, false)
	}
	return err
}

// wait blocks for d, until ctx ends or, with noop, until the server sends NOOP, which it reports.
func (k *taker) wait(d time.Duration, noop bool) (woken bool, err error) {
	defer k.c.nc.begin(k.ctx, time.Now().Add(d))()
	for {
		p, err := k.c.receiveWithin(d)
		switch {
		case isTimeout(err):
			return false, nil
		case err != nil:
			return false, err
		case p.Type != Noop:
			return false, unexpected(p)
		case noop:
			return true, nil
		}
	}
}
