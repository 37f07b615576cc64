package wire_test

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/wire"
)

// manyRows are n lines of show jobs.
func manyRows(n int) []byte { return bytes.Repeat([]byte("H:1\t0\t0\t1\n"), n) }

// TestAnAnswerThatNeverEnds drips: every byte comes in time, and the answer as a whole does not. Noise between the
// packets, which no request asked for, does not prolong the wait either.
func TestAnAnswerThatNeverEnds(t *testing.T) {
	const timeout, limit = time.Second, 3 * time.Second
	for name, drip := range map[string][]byte{
		"status": []byte("q\t1\t0\t0\n"),
		"jobs":   manyRows(1),
		"raw":    []byte("x"),
		"echo":   join([]byte("\x00RES\x00\x00\x00\x11\x00\x01\x00\x00"), make([]byte, 1000)),
		"submit": join([]byte("\x00RES\x00\x00\x00\x08\x00\x01\x00\x00"), make([]byte, 1000)),
		"take":   join([]byte("\x00RES\x00\x00\x00\x1f\x00\x01\x00\x00"), make([]byte, 1000)),
		"noise":  res(wire.Noop),
	} {
		for _, op := range operations {
			if op.name != name && (name != "noise" || op.name != "take") {
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				d := play(t, expects(op.sent), drips(drip, timeout/10))
				d.Timeout, d.AnswerTimeout = timeout, limit
				start := time.Now()
				err := op.run(t, dial(t, d, "mock:1"))
				var slow *wire.SlowError
				if !errors.As(err, &slow) || slow.Limit != limit || errors.Is(err, wire.ErrSilent) {
					t.Errorf("%s: got %v, want a SlowError of %v", name, err, limit)
				}
				// A packet has its time from its first byte on, and a few NOOPs come before the first is passed over.
				if took := time.Since(start); took < limit || took > limit+12*timeout/10 {
					t.Errorf("%s: took %v, want %v", name, took, limit)
				}
			})
		}
	}
}

func TestAWholeAnswerHasTenTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := play(t, expects([]byte("version\r\n")), drips([]byte("OK 1."), time.Second))
		start := time.Now()
		_, err := dial(t, d, "mock:1").Version(t.Context())
		var slow *wire.SlowError
		if took := time.Since(start); !errors.As(err, &slow) || took != 10*wire.DefaultTimeout {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// TestShowJobsHasNoMoreTimeForItsFirstByte is about a command before which a large server stands still.
func TestShowJobsHasNoMoreTimeForItsFirstByte(t *testing.T) {
	for name, ask := range map[string]func(t *testing.T, c *wire.Conn) error{
		"totals": func(t *testing.T, c *wire.Conn) error { _, err := c.JobTotals(t.Context()); return err },
		"census": func(t *testing.T, c *wire.Conn) error { _, err := c.JobSnapshot(t.Context()); return err },
		"jobs": func(t *testing.T, c *wire.Conn) error {
			_, err := c.EachJob(t.Context(), func(wire.JobEntry) error { return nil })
			return err
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := dial(t, play(t, expects([]byte("show jobs\r\n"))), "mock:1")
			start := time.Now()
			if err := ask(t, c); !errors.Is(err, wire.ErrSilent) || time.Since(start) != wire.DefaultTimeout {
				t.Errorf("%s: after %v: %v", name, time.Since(start), err)
			}
		})
	}
}

// TestASlowServerIsNotASilentOne sends each byte just in time, and the whole answer too.
func TestASlowServerIsNotASilentOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := play(t, expects(req(wire.CanDo, "q")), expects(req(wire.GrabJobUniq)),
			trickles(res(wire.NoJob), 4*time.Second), expects(req(wire.CantDo, "q")), expects(req(wire.EchoReq, "left")), replies(res(wire.EchoRes, "left")))
		if _, err := dial(t, d, "mock:1").Take(t.Context(), &wire.Take{Function: "q"}); err != nil {
			t.Error(err)
		}
	})
}

// trickles writes b byte by byte, once.
func trickles(b []byte, pause time.Duration) step {
	return func(nc net.Conn) error {
		for i := range b {
			time.Sleep(pause)
			if _, err := nc.Write(b[i : i+1]); err != nil {
				return err
			}
		}
		return nil
	}
}
