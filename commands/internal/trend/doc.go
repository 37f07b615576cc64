// Package trend keeps how the jobs of a queue changed over the last polls of a server: rates, and the waiting jobs of the last
// minutes.
package trend
