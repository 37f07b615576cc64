// Package output turns rows into bytes: tables for people, JSON, JSON lines, CSV and templates for programs, and
// what else a terminal shows: colour, a progress bar, a screen that is redrawn in place. No other package of the
// project formats for people.
//
// A row is a struct. Its tags are the one definition from which the columns of a table, the keys of JSON, the
// columns that can be chosen and sorted by, and their completion come:
//
//	type row struct {
//		Queue string  `json:"queue" out:"wide"`
//		Total int64   `json:"total"`
//		High  *int64  `json:"high" out:"optional"`
//		Time  float64 `json:"time" out:"seconds"`
//	}
//
// Text that comes from a server is exact in JSON and CSV, and escaped wherever a terminal could take it as a
// command; see Escape.
package output
