package wire

import "fmt"

// releaseRest hands back what was taken and not acknowledged: once, or when all of the queue was held twice, which leaves it
// in its order.
func (k *taker) releaseRest() error {
	k.release()
	if k.Restore && !k.maxReached() && k.n.Released > 0 {
		if err := k.grabAgain(); err != nil {
			return fmt.Errorf("hand back jobs for the second time: %w", err)
		}
		k.release()
	}
	err := k.settle(0)
	if err != nil && k.n.Released > 0 {
		err = fmt.Errorf("hand back jobs: %w", err)
	}
	return err
}

// grabAgain holds all jobs once more. It ends when the server has none, or should they come as fast as they can be
// grabbed, at some number.
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

// release makes the server put back what we hold, and asks for an answer when it has.
func (k *taker) release() {
	k.c.Send(CantDo, []byte(k.Function))
	k.c.Send(EchoReq, []byte("left"))
	k.acks = append(k.acks, 0)
}
