package wire

import "time"

// acknowledge makes what is in hand safe and answers it, newest first.
func (k *taker) acknowledge() error {
	batch := k.held
	k.held = HandleList{}
	first := k.accepted - int64(batch.Len())
	if !k.safe() {
		k.countUnacked(batch.Len())
		return nil
	}
	for batch.Len() > 0 {
		n := k.answerSome(&batch, first)
		if k.c.writeErr != nil {
			return k.c.writeErr
		}
		if n == 0 {
			continue
		}
		k.c.Send(EchoReq, []byte("acknowledged"))
		k.acks = append(k.acks, n)
		if batch.Len() == 0 && k.inFlight == 0 && k.finished() {
			return nil // leave sends it, and waits for it, in the same round trip
		}
		if err := k.settleSome(); err != nil {
			return err
		}
	}
	if k.inFlight == 0 && !k.finished() {
		return k.settle(0)
	}
	return nil
}

// settleSome lets at most ackBatches batches, or ackWindow acknowledgements, be unconfirmed.
func (k *taker) settleSome() error {
	if len(k.acks) < ackBatches || k.answered-k.n.Acknowledged-k.n.Gone < ackWindow {
		return k.c.Flush()
	}
	return k.settle(len(k.acks) - 1)
}

// measure makes batches larger when the server handled one quickly: what counts is the time since the one before, which
// the distance to the server does not lengthen. A server that writes to a disk for each must not seem silent.
func (k *taker) measure() {
	now := time.Now()
	if !k.lastAck.IsZero() && now.Sub(k.lastAck) < ackQuick {
		k.batch = min(2*k.batch, ackBatch)
	}
	if k.lastAck = now; len(k.acks) == 0 {
		k.lastAck = time.Time{}
	}
}

// safe reports whether what is in hand may be acknowledged.
func (k *taker) safe() bool {
	if k.Sync == nil || k.failed {
		return !k.failed
	}
	if err := k.Sync(); err != nil {
		k.stop, k.failed = err, true
	}
	return !k.failed
}

// answerSome answers up to k.batch jobs from the end of batch, whose first has that number, and returns how many were
// acknowledged.
func (k *taker) answerSome(batch *HandleList, first int64) (n int) {
	for range min(batch.Len(), k.batch) {
		if k.c.writeErr != nil {
			return n // what has not left is still the server's
		}
		k.handle = batch.AppendLast(k.handle[:0])
		if k.Acknowledge != nil && !k.Acknowledge(first+int64(batch.Len())) {
			k.countUnacked(1)
			continue
		}
		k.answered++
		k.answer()
		n++
	}
	return n
}

func (k *taker) answer() {
	if k.Answer == AnswerComplete {
		k.c.Send(WorkComplete, k.handle, nil)
	} else {
		k.c.Send(WorkFail, k.handle)
	}
}

// settle waits until at most n batches of acknowledgements are unconfirmed.
func (k *taker) settle(n int) error {
	if err := k.c.Flush(); err != nil {
		return err
	}
	for len(k.acks) > n {
		if err := k.receive(); err != nil {
			return err
		}
	}
	return nil
}
