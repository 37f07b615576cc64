// Package modgearman knows what Mod-Gearman puts into Gearman jobs: the texts of checks and results, keys and
// encryption, unique keys, queue selection, the monitoring core's objects, and the two configuration dialects.
//
// It speaks for mod_gearman 5.2.4 (NEB module, worker and tools in C) and mod-gearman-worker-go 1.7, byte for byte
// where it builds, tolerantly where it parses. The sources named in comments, as common/gm_crypt.c, are theirs:
// https://github.com/sni/mod_gearman and https://github.com/ConSol-Monitoring/mod-gearman-worker-go.
//
// Conventions. The package opens no connection, prints nothing and reads no environment; files are read only by
// functions that take a path. Strings are bytes as they travelled: they may be invalid UTF-8. A time that a packet
// does not carry, or that is beyond the year 9999 as the garbage of some workers, is the zero time.Time. No error
// and no finding holds bytes of a payload or of a key. Whatever is built is either exact or refused.
package modgearman
