package wire

import "time"

// acknowledge makes the held jobs safe and acknowledges them, newest first.
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

// settleSome waits until at most ackBatches batches or ackWindow acknowledgements are unconfirmed.
func (k *taker) settleSome() error {
	if len(k.acks) < ackBatches || k.answered-k.n.Acknowledged-k.n.Gone < ackWindow {
		return k.c.Flush()
	}
	return k.settle(len(k.acks) - 1)
}

// measure makes batches larger if the server handled one quickly. It measures the time since the previous batch, which does
// not include the network delay. A server that writes to disk for each job must not seem silent.
func (k *taker) measure() {
	now := time.Now()
	if !k.lastAck.IsZero() && now.Sub(k.lastAck) < ackQuick {
		k.batch = min(2*k.batch, ackBatch)
	}
	k.lastAck = now
	if len(k.acks) == 0 {
		k.lastAck = time.Time{}
	}
}

// safe calls Sync and reports whether the held jobs may be acknowledged.
func (k *taker) safe() bool {
	if k.Sync == nil || k.failed {
		return !k.failed
	}
	if err := k.Sync(); err != nil {
		k.stop, k.failed = err, true
	}
	return !k.failed
}

// answerSome acknowledges up to k.batch jobs from the end of batch and returns how many. first is the number of the batch's
// first job.
func (k *taker) answerSome(batch *HandleList, first int64) (n int) {
	for range min(batch.Len(), k.batch) {
		if k.c.writeErr != nil {
			return n // the server releases the others
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
