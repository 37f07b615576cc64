package output

import (
	"fmt"
	"slices"
	"strings"
)

// Options are the settings of a Printer. The zero value is an uncolored table of all columns that are not optional.
type Options struct {
	Format Format

	// Columns are the keys to print, in this order, in every format; empty: all that are not optional.
	Columns []string
	// Also names optional columns to print in addition, in field order. Ignored when Columns is set.
	Also []string
	// HideInTable names columns that tables omit; unknown names are ignored. Ignored when Columns or AllColumns is set.
	HideInTable []string
	// AllColumns gives tables the columns of the other formats, and one for each of Labels.
	AllColumns bool

	// Labels, if not nil, adds columns to rows that have a server.
	Labels *Labels
	// Rename gives columns other keys, by the key of the row type. Every other option uses the new ones.
	Rename map[string]string

	// Sort is a comma-separated list of keys, each with a leading - for descending order. The sort is stable. Numbers and
	// times sort by value, strings by bytes, null first. Columns need not be printed to be sorted by. All rows are kept
	// in memory until Close.
	Sort string

	// MaxRows and MaxBytes limit the rows, and the bytes of memory, kept until Close for a table or for sorting. More
	// are a *TooManyRowsError. 0: no limit.
	MaxRows, MaxBytes int64

	Palette *Palette // colors of tables; nil: none

	// Width is the terminal width in columns; 0: no limit. To fit, tables cut text, drop columns unless Columns is set, and
	// cut names, in this order. Lines are not wrapped.
	Width int
	// Dropped, if not nil, gets the headings of the columns that a table dropped, after it was written.
	Dropped func(headings []string)
	// ASCII writes tables in ASCII: see the function of that name.
	ASCII bool
	// Terminal escapes CSV and TSV cells and template values, for output to a terminal. Tables are always escaped, and JSON is
	// always safe.
	Terminal bool
	// CSVSafe puts a ' in front of CSV and TSV cells, other than numbers, that a spreadsheet may evaluate as a formula.
	CSVSafe bool
	// Empty is printed instead of a table without rows; "": print the headings.
	Empty string
	// NoHeader omits the headings of tables, CSV and TSV, to continue the output of another Printer.
	NoHeader bool
}

// UnknownColumnError reports a key in Options that the rows do not have.
type UnknownColumnError struct {
	Key     string
	Choices []string
}

func (e *UnknownColumnError) Error() string {
	return fmt.Sprintf("column %q: choose from %s", e.Key, strings.Join(e.Choices, ", "))
}

// TooManyRowsError reports that Options.MaxRows or MaxBytes was exceeded. None of the kept rows is printed.
type TooManyRowsError struct {
	Rows, Bytes int64 // the limit that was exceeded; the other is 0
	Sorting     bool  // rows were kept for sorting, not for a table
}

func (e *TooManyRowsError) Error() string {
	purpose := "for a table"
	if e.Sorting {
		purpose = "to sort"
	}
	if e.Rows > 0 {
		return fmt.Sprintf("more than %d rows %s", e.Rows, purpose)
	}
	return fmt.Sprintf("rows of more than %d MB %s", e.Bytes/1e6, purpose)
}

// checkKept checks the kept rows against the limits. A single row may exceed MaxBytes.
func (o *Options) checkKept(rows, bytes int64, sorting bool) error {
	switch {
	case o.MaxRows > 0 && rows > o.MaxRows:
		return &TooManyRowsError{Rows: o.MaxRows, Sorting: sorting}
	case o.MaxBytes > 0 && bytes > o.MaxBytes && rows > 1:
		return &TooManyRowsError{Bytes: o.MaxBytes, Sorting: sorting}
	}
	return nil
}

// Labels are names and values that servers have. Rows with a column server, and without one of the key labels, get the column
// labels and one for each of Names, after that of the server: label_NAME where the row has a column of that key. JSON has
// labels, templates have all of them; other formats only those that Columns or Also names, and tables with AllColumns one for
// each name. A column for a name is null for a server without that label.
type Labels struct {
	Names []string                              // empty: no columns
	Of    func(server string) map[string]string // not nil; the result is not changed
}

// addTo returns cols with the columns of the labels.
func (l *Labels) addTo(cols []Column) []Column {
	keys := Keys(cols)
	at := slices.Index(keys, serverKey)
	if l == nil || len(l.Names) == 0 || at < 0 || cols[at].kind != kindString || slices.Contains(keys, labelsKey) {
		return cols
	}
	server := cols[at].index
	added := []Column{{Key: labelsKey, Optional: true, index: server, kind: kindLabels, labels: l}}
	for _, name := range l.Names {
		key := name
		if name == labelsKey || slices.Contains(keys, name) {
			key = "label_" + name
		}
		added = append(added, Column{Key: key, Optional: true, index: server, kind: kindString, labels: l, label: name})
	}
	return slices.Insert(cols, at+1, added...)
}

const (
	serverKey = "server"
	labelsKey = "labels"
)

// columns returns the columns that o selects.
func (o *Options) columns(all []Column) ([]Column, error) {
	if len(o.Columns) > 0 {
		return selectColumns(all, o.Columns)
	}
	if _, err := selectColumns(all, o.Also); err != nil {
		return nil, err
	}
	table := o.Format.Kind == Table && !o.AllColumns
	return slices.DeleteFunc(slices.Clone(all), func(c Column) bool {
		return c.Optional && !slices.Contains(o.Also, c.Key) && !o.wantsLabels(&c) || table && slices.Contains(o.HideInTable, c.Key)
	}), nil
}

// wantsLabels reports whether c is a column of the labels that the format has unasked.
func (o *Options) wantsLabels(c *Column) bool {
	switch {
	case c.labels == nil:
		return false
	case o.Format.Kind == Table:
		return o.AllColumns && c.label != ""
	case o.Format.Kind == JSON || o.Format.Kind == JSONL:
		return c.label == ""
	}
	return o.Format.Kind == Template
}

func selectColumns(all []Column, keys []string) ([]Column, error) {
	cols := make([]Column, len(keys))
	for i, key := range keys {
		c, err := findColumn(all, key)
		if err != nil {
			return nil, err
		}
		cols[i] = c
	}
	return cols, nil
}

// findColumn returns the column of that key, also spelt as its heading is.
func findColumn(all []Column, key string) (Column, error) {
	normal := normalKey(key)
	i := slices.IndexFunc(all, func(c Column) bool { return c.Key == key })
	if i < 0 { // only labels have other keys than normal ones
		i = slices.IndexFunc(all, func(c Column) bool { return normalKey(c.Key) == normal })
	}
	if i < 0 {
		return Column{}, &UnknownColumnError{Key: key, Choices: Keys(all)}
	}
	return all[i], nil
}
