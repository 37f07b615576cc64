package wire

import "fmt"

// releaseRest releases the unacknowledged jobs, with Restore twice, which keeps their order.
func (k *taker) releaseRest() error {
	k.release()
	if k.Restore && !k.maxReached() && k.n.Released > 0 {
		if err := k.grabAgain(); err != nil {
			return fmt.Errorf("release jobs for the second time: %w", err)
		}
		k.release()
	}
	err := k.settle(0)
	if err != nil && k.n.Released > 0 {
		err = fmt.Errorf("release jobs: %w", err)
	}
	return err
}

// grabAgain grabs all jobs once more, until the server has none, or at most twice as many as before if new ones keep coming.
func (k *taker) grabAgain() error {
	k.c.Send(CanDo, []byte(k.Function))
	k.discard, k.empty = true, false
	k.expect(k.n.Released)
	for most := 2*k.n.Jobs + DefaultWindow; ; {
		if k.again+int64(k.inFlight) < most {
			k.topUp()
		}
		if k.inFlight == 0 {
			break
		}
		if err := k.receive(); err != nil {
			return err
		}
	}
	k.n.Missing = max(0, k.n.Released-k.again)
	return nil
}

// release makes the server queue the held jobs again, and an ECHO_REQ shows when it has.
func (k *taker) release() {
	k.c.Send(CantDo, []byte(k.Function))
	k.c.Send(EchoReq, []byte("left"))
	k.acks = append(k.acks, 0)
}
