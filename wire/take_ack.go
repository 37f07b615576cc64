package wire

import "time"

// acknowledge makes what is in hand safe and answers it, newest first.
func (k *taker) acknowledge() error {
	batch := k.held
	k.held = HandleList{}
	first := k.accepted - int64(batch.Len())
	if !k.safe() {
		k.giveUp(batch.Len())
		return nil
	}
	for batch.Len() > 0 {
		n, err := k.answerSome(&batch, first)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		k.c.Send(EchoReq, []byte("acknowledged"))
		k.acks = append(k.acks, n)
		if err := k.settleSome(); err != nil {
			return err
		}
	}
	if k.inFlight == 0 {
		return k.settle(0)
	}
	return nil
}

// settleSome lets at most ackBatches batches be unconfirmed, and makes them larger when the server is quick. A server
// that writes to a disk for each must not seem silent.
func (k *taker) settleSome() error {
	if len(k.acks) < ackBatches {
		return k.c.Flush()
	}
	start := time.Now()
	err := k.settle(ackBatches - 1)
	if time.Since(start) < ackQuick {
		k.batch = min(2*k.batch, ackBatch)
	}
	return err
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
func (k *taker) answerSome(batch *HandleList, first int64) (n int, err error) {
	for range min(batch.Len(), k.batch) {
		k.handle = batch.AppendLast(k.handle[:0])
		if k.Acknowledge != nil && !k.Acknowledge(first+int64(batch.Len())) {
			k.giveUp(1)
			continue
		}
		k.answered++
		if err := k.answer(); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (k *taker) answer() error {
	if k.Answer == AnswerComplete {
		return k.c.Send(WorkComplete, k.handle, nil)
	}
	return k.c.Send(WorkFail, k.handle)
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
