// Package wire speaks the Gearman protocol: binary packets, the admin text protocol, connections, submitting,
// grabbing and draining. It never prints, never exits and never reads the environment.
//
// Names are those of the protocol document, https://gearman.org/protocol/: a job has a function, a handle, a
// unique key and a workload. What people call a queue is a function that has jobs.
//
// Conventions. A []byte that a function returns belongs to the caller unless its comment says that it is valid
// only until the next call. Every method that touches the network is bounded: by the Timeout of the Dialer that
// made the connection for each step, and by the context for the whole. No error holds bytes of a workload.
package wire
