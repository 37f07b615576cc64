//go:build !soak

package exporter_test

import "time"

// How often and how fast the exporter is scraped.
const (
	soakScrapes  = 24
	soakInterval = time.Millisecond
)
