// Package jobserver is a Gearman job server in memory, for tests, demonstrations and laptops. Start one on a free port:
//
//	l, err := net.Listen("tcp", "127.0.0.1:0")
//	if err != nil {
//		return err
//	}
//	s := jobserver.New(jobserver.Options{})
//	go s.Serve(ctx, l) // until ctx ends
//
// It answers as gearmand 1.1.20 does, byte for byte, over the binary protocol and the admin text protocol on one port: the
// conformance suite of this package runs the same conversations against both. Where gearmand corrupts its memory or loses
// jobs, this server does the safe thing, and the comment there gives the number of the fact, for example B.5.3. It keeps
// nothing on disk; use gearmand in production.
//
// An ability is what CAN_DO declares: that a connection can do a function. Other words are those of package wire.
//
// Each connection has a goroutine that reads and one that writes. All state (functions, jobs, abilities, attached
// clients) is guarded by one mutex, which is never held during network input or output. What is sent goes to the
// connection's outbox and is written when the reader that caused it has nothing more to do. So a peer may send many
// requests before it reads an answer, and a slow reader delays nobody else.
//
// Memory is bounded, by Options. Lists are made row by row while the client reads them; one of more than 256 KiB shows
// what is added and removed meanwhile, which gearmand's do not. A client that reads nothing for Options.ClientTimeout is
// disconnected. Jobs and functions are kept until they are done, up to Options.MaxStored; beyond that, submissions are
// answered with QUEUE_ERROR.
package jobserver
