//go:build soak

package exporter_test

import "time"

// How often and how fast the exporter is scraped: each second for ten minutes.
const (
	soakScrapes  = 600
	soakInterval = time.Second
)
