// Package jobserver is a Gearman job server in memory, for tests, demonstrations and laptops. Start one on a free port:
//
//	l, err := net.Listen("tcp", "127.0.0.1:0")
//	if err != nil {
//		return err
//	}
//	s := jobserver.New(jobserver.Options{})
//	go s.Serve(ctx, l) // until ctx ends
//
// It answers as gearmand 2.0.0 does, or with Options.Like as 1.1.20, byte for byte, over the binary protocol and the admin
// text protocol on one port: the conformance suite of this package runs the same conversations against them. Where gearmand corrupts its memory or loses
// jobs, this server does the safe thing; the comment there cites the fact, for example B.5.3. It keeps nothing on disk; use
// gearmand in production.
//
// Each connection has a goroutine that reads and one that writes. One mutex guards all state (functions, jobs, abilities,
// attached clients); it is never held during network I/O. Packets go to the connection's outbox and are written when the
// reader that caused them has no more buffered requests. So a peer may send many requests before it reads an answer, and a
// slow reader delays nobody else.
//
// Options bound the memory. Lists are generated while the client reads them; one of more than 256 KiB shows changes made
// meanwhile, unlike gearmand's. A client that reads nothing for Options.ClientTimeout is disconnected. Jobs and functions
// take up to Options.MaxStored bytes; beyond that, submissions are answered with QUEUE_ERROR.
package jobserver
