package output

import (
	"fmt"
	"slices"
	"strings"
)

// Options say what a Printer writes and how. The zero Options are a plain table of all columns that are not optional.
type Options struct {
	Format Format

	// Columns are the keys to write, in this order, in every format. None means all that are not optional.
	Columns []string
	// Also names optional columns to write beside the others, each in its place. Ignored when Columns is set.
	Also []string
	// HideInTable names columns that only tables leave out. Rows need not have them. Ignored when Columns is set.
	HideInTable []string

	// Sort orders the rows: a key, or -KEY for descending, or several of these with commas in between. The order is
	// stable; numbers and times count as such, strings by their bytes, null is less than anything. The columns that
	// are sorted by need not be shown. Sorting keeps all rows until Close.
	Sort string

	// MaxRows and MaxBytes bound what is kept until Close, by a table or for sorting: more rows, or rows that take more
	// memory, are a *TooManyRowsError. 0 is no limit.
	MaxRows, MaxBytes int64

	Palette *Palette // colours of tables; nil means none

	// Width is that of the terminal; 0 means no limit. A line is never wrapped: the column tagged wide is cut, and
	// nothing else.
	Width int
	// Terminal says that the rows go to a terminal: CSV and the values in templates are escaped then, as tables
	// always are. JSON needs no such care.
	Terminal bool
	// CSVSafe puts a ' in front of CSV cells that a spreadsheet would take as a formula. Numbers stay as they are.
	CSVSafe bool
	// Empty is printed instead of a table that has no rows. When it is "", the table is a line of headings.
	Empty string
	// NoHeader leaves out the headings of tables and CSV, for a stream that goes on from one Printer to the next.
	NoHeader bool
}

// UnknownColumnError says that Options name a column that the rows do not have.
type UnknownColumnError struct {
	Key     string
	Choices []string
}

func (e *UnknownColumnError) Error() string {
	return fmt.Sprintf("column %q: choose from %s", e.Key, strings.Join(e.Choices, ", "))
}

// TooManyRowsError says that a Printer was to keep more than Options allow. Nothing of what it kept is printed.
type TooManyRowsError struct {
	Rows, Bytes int64 // the limit that was passed; the other is 0
	Sorting     bool  // they were kept to be sorted, not for a table
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

// checkKept compares what is kept with the limits. A single row is always within them.
func (o *Options) checkKept(rows, bytes int64, sorting bool) error {
	switch {
	case o.MaxRows > 0 && rows > o.MaxRows:
		return &TooManyRowsError{Rows: o.MaxRows, Sorting: sorting}
	case o.MaxBytes > 0 && bytes > o.MaxBytes && rows > 1:
		return &TooManyRowsError{Bytes: o.MaxBytes, Sorting: sorting}
	}
	return nil
}

// columns returns the columns of all that o asks for.
func (o *Options) columns(all []Column) ([]Column, error) {
	if len(o.Columns) > 0 {
		return pick(all, o.Columns)
	}
	if _, err := pick(all, o.Also); err != nil {
		return nil, err
	}
	table := o.Format.Kind == Table
	return slices.DeleteFunc(slices.Clone(all), func(c Column) bool {
		return c.Optional && !slices.Contains(o.Also, c.Key) || table && slices.Contains(o.HideInTable, c.Key)
	}), nil
}

func pick(all []Column, keys []string) ([]Column, error) {
	cols := make([]Column, len(keys))
	for i, key := range keys {
		c, err := find(all, key)
		if err != nil {
			return nil, err
		}
		cols[i] = c
	}
	return cols, nil
}

func find(all []Column, key string) (Column, error) {
	i := slices.IndexFunc(all, func(c Column) bool { return c.Key == key })
	if i < 0 {
		return Column{}, &UnknownColumnError{Key: key, Choices: Keys(all)}
	}
	return all[i], nil
}
