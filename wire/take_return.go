package wire

import "fmt"

// leave hands back what was taken and not acknowledged: once, or when all of the queue was held twice, which leaves it
// in its order.
func (k *taker) leave() error {
	k.handBack()
	if k.Restore && !k.maxReached() && k.n.Returned > 0 {
		if err := k.holdAgain(); err != nil {
			return fmt.Errorf("hand back jobs for the second time: %w", err)
		}
		k.handBack()
	}
	err := k.settle(0)
	if err != nil && k.n.Returned > 0 {
		err = fmt.Errorf("hand back jobs: %w", err)
	}
	return err
}

// holdAgain holds all jobs once more. It ends when the server has none, or should they come as fast as they can be
// grabbed, at some number.
func (k *taker) holdAgain() error {
	k.c.Send(CanDo, []byte(k.Function))
	k.discard, k.empty = true, false
	k.expect(k.n.Returned)
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
	k.n.Missing = max(0, k.n.Returned-k.again)
	return nil
}

// handBack makes the server put back what we hold, and asks for an answer when it has.
func (k *taker) handBack() {
	k.c.Send(CantDo, []byte(k.Function))
	k.c.Send(EchoReq, []byte("left"))
	k.acks = append(k.acks, 0)
}
