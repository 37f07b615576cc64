// Package wire speaks the Gearman protocol: it submits jobs and waits for their results, works, drains queues, and asks
// servers for their status. It opens only the connections that it is asked for, and neither prints, nor exits, nor reads
// the environment.
//
// # Start
//
// A [Dialer] makes connections; its zero value dials plain TCP. [ParseServers] completes addresses as people write them.
// A [Conn] is one connection to one server:
//
//	d := &wire.Dialer{Timeout: 2 * time.Second}
//	c, err := d.Dial(ctx, "gm1:4730")
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	handle, err := c.Submit(ctx, &wire.Submission{Function: "resize", Workload: image, Background: true})
//
// [Conn.Submit] submits one job, [Conn.Await] waits for the result of a foreground job, and a [Submitter] keeps many
// submissions in flight. [Conn.Work] does jobs; [Conn.Take] removes jobs without doing them, as fast as the server hands
// them out; [Peek] reads jobs and releases them. [Conn.Status], [Conn.PriorityStatus], [Conn.Workers], [Conn.EachJob] and
// [Conn.Version] are the admin commands, and [FanOut] asks several servers at once. Package jobserver is a server to
// test with; package modgearman reads and builds what Mod-Gearman puts into jobs.
//
// # Words
//
// Names are those of the protocol document, https://gearman.org/protocol/: a job has a function, a handle that the server
// gives it, a unique key that its client may give it, and a workload. A queue is a function together with its waiting
// jobs. To release a job means that the worker which grabbed it gives it up without an answer; the server then queues it
// again, at the tail of its priority. A canary is a job of this package, in a queue of its own, by which it finds out
// how the server behaves; see [Dialer.Program].
//
// # Time
//
// Every method that uses the network takes a context, which bounds it as a whole. In addition, [Dialer.Timeout] bounds
// each step (a dial, a write, silence where an answer is due) and [Dialer.AnswerTimeout] a whole answer. A method whose
// context ends returns the context's cause. [Conn.Take] and [Conn.Work] first finish the jobs in hand.
//
// # Errors
//
// A failed operation on a server is an [OpError], which names the server and the operation and says whether the request
// may be sent again. Causes to test for: a [ServerError] is an answer by which the server refuses, after which the
// connection is still good; [ErrSilent], [ErrClosed] and [SlowError] are about the connection; a [FrameError] and a
// [LimitError] are about an answer that is no Gearman protocol or too large. After any error but a ServerError, close the
// connection. [IsUnreachable] is true when no connection was made. The error of a callback is returned as it is. No
// error holds bytes of a workload.
//
// # Memory
//
// A []byte that is returned belongs to the caller, unless its comment says how long it is valid. The package keeps no
// []byte of an argument after a method returns. A [Conn] is for one goroutine, with the exceptions that its comment lists;
// a [Dialer], a [Limiter], an [IdleConns] and a [ServerProbe] are safe for concurrent use. What a server sends is bounded
// before memory is allocated, by [Dialer.MaxPacket], [Dialer.MaxAnswer] and [Dialer.MaxRows].
//
// # Sources
//
// Facts about servers were found with gearmand 1.1.20, which comments name when its behavior is the reason for
// something; gearmand since 0.14 and the Perl server (Gearman::Server) are supported as well.
package wire
