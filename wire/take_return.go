package wire

import "fmt"

// leave hands back what was taken and not acknowledged: once, or when all of the queue was held twice, which leaves it
// in its order.
func (k *taker) leave() error {
	whole := k.Restore && !k.maxReached()
	err := k.handBack()
	if err == nil && whole && k.n.Returned > 0 {
		err = k.handBackAgain()
	}
	return err
}

// handBackAgain holds all jobs once more and hands them back. It ends when the server has none, or should they come as
// fast as they can be grabbed, at some number.
func (k *taker) handBackAgain() error {
	k.c.Send(CanDo, []byte(k.Function))
	k.discard, k.empty, k.target = true, false, 1
	for most := 2*k.n.Jobs + DefaultWindow; !k.empty || k.inFlight > 0; {
		if !k.empty && most > 0 && k.inFlight <= k.target/2 {
			for ; k.inFlight < k.target && most > 0; most-- {
				k.c.Send(k.grab)
				k.inFlight++
			}
		}
		if k.inFlight == 0 {
			break
		}
		if err := k.receive(); err != nil {
			return fmt.Errorf("hand back jobs for the second time: %w", err)
		}
	}
	k.n.Missing = max(0, k.n.Returned-k.again)
	return k.handBack()
}

// handBack returns when the server has put back what we hold.
func (k *taker) handBack() error {
	k.c.Send(CantDo, []byte(k.Function))
	k.c.Send(EchoReq, []byte("left"))
	k.acks = append(k.acks, 0)
	if err := k.settle(0); err != nil {
		return fmt.Errorf("hand back jobs: %w", err)
	}
	return nil
}
