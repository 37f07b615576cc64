// Package modgearman reads and builds what Mod-Gearman puts into Gearman jobs, and reads its configuration.
//
//   - [Decode] identifies and decrypts a workload; [Payload.Check] and [Payload.Result] parse it. [Check], [Result] and
//     [Encode] build workloads.
//   - [NewKey], [KeyFromFile] and [ReadKeyFile] read keys, by the rules of both dialects.
//   - [UniqueKeys] computes the unique keys of checks, and [Route] the queue that the NEB module chooses. [ReadObjects]
//     reads the hosts and services of a monitoring core for it.
//   - [Load] reads a configuration with its includes. [Config.Settings] is how a program understands it, [Lint] finds
//     what is wrong with it.
//   - [ParseStatus] reads the answers to status probes.
//
// It follows mod_gearman 5.2.4 (NEB module, worker and tools in C) and mod-gearman-worker-go 1.7: byte for byte where it
// builds, tolerantly where it parses. Comments name their sources, such as common/gm_crypt.c:
// https://github.com/sni/mod_gearman and https://github.com/ConSol-Monitoring/mod-gearman-worker-go.
//
// The package opens no connections, prints nothing and does not read the environment; only functions that take a path read
// files. Functions do not keep []byte arguments, and their results belong to the caller. Strings contain the bytes that were
// sent, which may be invalid UTF-8. A time that a packet lacks, or one after the year 9999, which some workers send, is the
// zero time.Time. Errors and findings contain no bytes of payloads or keys. Packets that cannot be built exactly are
// refused.
package modgearman
