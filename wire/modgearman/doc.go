// Package modgearman reads and builds what Mod-Gearman puts into Gearman jobs, and reads its configuration.
//
//   - [Decode] finds out what a workload is and decrypts it; [Payload.Check] and [Payload.Result] parse it. [Check],
//     [Result] and [Encode] build workloads.
//   - [NewKey], [KeyFromFile] and [ReadKeyFile] read keys, by the rules of both dialects.
//   - [UniqueKeys] computes the unique keys of checks, [Route] the queue that the NEB module chooses, and [ReadObjects]
//     reads the hosts and services of a monitoring core that it is chosen for.
//   - [Load] reads a configuration with its includes, [Config.Settings] says what a program makes of it, [Lint] what is
//     wrong with it.
//   - [ParseStatus] reads the answers to status probes.
//
// It follows mod_gearman 5.2.4 (NEB module, worker and tools in C) and mod-gearman-worker-go 1.7: byte for byte where it
// builds, tolerantly where it parses. Comments name their sources, such as common/gm_crypt.c:
// https://github.com/sni/mod_gearman and https://github.com/ConSol-Monitoring/mod-gearman-worker-go.
//
// Conventions. The package opens no connection, prints nothing and reads no environment; only functions that take a path
// read files. Functions keep no []byte of their arguments, and what they return belongs to the caller. A string holds the
// bytes that were sent, which may be invalid UTF-8. A time that a packet does not carry, or one after the year 9999,
// which some workers send, is the zero time.Time. No error and no finding holds bytes of a payload or of a key. What
// cannot be built exactly is refused.
package modgearman
