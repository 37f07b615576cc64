// Package output writes rows as tables, JSON, JSON lines, CSV, TSV or with a template, and draws on terminals: colors, a progress
// bar, a screen that is redrawn in place. It writes only to the writers it is given.
//
// A row is a struct. Its tags define the columns of tables, the keys of JSON, and which columns can be selected and
// sorted by:
//
//	type row struct {
//		Queue string  `json:"queue" out:"name"`
//		Total int64   `json:"total"`
//		High  *int64  `json:"high" out:"optional"`
//		Time  float64 `json:"time" out:"seconds"`
//	}
//
// A [Printer] writes them:
//
//	p, err := output.NewPrinter[row](os.Stdout, output.Options{Format: output.Format{Kind: output.JSON}, Sort: "-total"})
//	if err != nil {
//		return err
//	}
//	return p.PrintAll(rows)
//
// Strings are exact in JSON, and in CSV and TSV files. Elsewhere, control characters are escaped; see [Escape].
package output
