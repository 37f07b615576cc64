// Package webconfig serves HTTP as a web configuration file says: TLS, client certificates, passwords, headers and a
// rate limit. The format is that of the Prometheus exporter toolkit, docs/web-configuration.md of
// https://github.com/prometheus/exporter-toolkit, so that one file serves for every exporter of a host. The code is
// our own, because importing the toolkit costs every start of the program time.
//
// It fails closed. Nothing that is missing, misspelt or contradictory opens what the file protects, and a running server
// refuses a file that no longer asks for TLS, for passwords or for client certificates until the program is started
// again. A file cut off within a name or a number cannot be told from a whole one, which is why it is to be replaced by
// renaming. Where this is stricter than the toolkit, the functions that check tell.
package webconfig
