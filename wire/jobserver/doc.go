// Package jobserver is a Gearman job server in memory, for tests, demonstrations and laptops. It answers as gearmand
// 1.1.20 does, byte for byte, over the binary protocol and the admin text protocol on one port: the conformance suite
// of this package runs the same conversations against both. It keeps nothing on disk; production runs gearmand.
//
// Where gearmand corrupts its memory or loses jobs, this server does the safe thing and the comment there says so by
// the number of the fact, for example B.5.3.
//
// Words are those of https://gearman.org/protocol/: a job has a function, a handle, a unique key and a workload. An
// ability is what CAN_DO declares: one connection's readiness to take the jobs of one function.
//
// Each connection has a goroutine that reads and one that writes. All books (functions, jobs, abilities, attached
// clients) are kept under one mutex, which is never held across network input or output; what is sent goes to the
// connection's outbox and is written when the reader that caused it has nothing more to do. So a peer may send many
// requests before it reads an answer, and a peer that reads slowly holds up nobody.
//
// Memory is bounded, by Options. Lists are made row by row while the client reads them; one of more than 256 KiB shows
// what is added and removed meanwhile, which gearmand's do not. A client for which much waits is served on when it has
// read, and is closed when it reads nothing for Options.ClientTimeout. Long requests take turns. Jobs and functions are
// kept in memory until they are done, up to Options.MaxStored; after that submissions are answered QUEUE_ERROR.
package jobserver
