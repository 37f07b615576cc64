package output

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Printer writes rows of type T to a writer. It is for one goroutine at a time.
type Printer[T any] struct {
	w      *bufio.Writer
	o      Options
	all    []Column
	enc    encoder
	sort   []sortKey
	kept   []T   // rows to sort
	bytes  int64 // of memory that kept takes
	styled bool  // the format shows styles
	mark   func(row T, key string) bool
	err    error // the first one; nothing is written after it
	closed bool
}

var errClosed = errors.New("the printer is closed")

// bufferSize is how much of a stream a Printer holds back at most.
const bufferSize = 64 << 10

// NewPrinter returns a Printer that writes to w as o says. A column or sort key that T does not have is an
// *UnknownColumnError; the other errors are a template that cannot be parsed and a format that is a command's own.
// Nothing is written before the first row.
func NewPrinter[T any](w io.Writer, o Options) (*Printer[T], error) {
	if o.Format.Kind == "" {
		o.Format.Kind = Table
	}
	all := ColumnsOf[T]()
	cols, err := o.columns(all)
	if err != nil {
		return nil, err
	}
	p := &Printer[T]{w: bufio.NewWriterSize(w, bufferSize), o: o, all: all, styled: o.Format.Kind == Table && o.Palette.Enabled()}
	if p.sort, err = parseSort(o.Sort, all); err != nil {
		return nil, err
	}
	if p.enc, err = newEncoder(p.w, o, cols); err != nil {
		return nil, err
	}
	return p, nil
}

// Mark makes tables with colours show the cells for which changed returns true as Changed, whatever their style is
// beside that. It is called before the first row.
func (p *Printer[T]) Mark(changed func(row T, key string) bool) {
	p.mark = changed
}

// Print takes rows. A table, and any format when Options.Sort is set, keeps them until Close; otherwise they are
// written as they come, and what is held back is no more than 64 KiB. The first error, of writing or of a template,
// comes back from this and every later call.
func (p *Printer[T]) Print(rows ...T) error {
	if p.closed {
		p.fail(errClosed)
		return p.err
	}
	if len(p.sort) > 0 {
		p.keep(rows)
		return p.err
	}
	for i := range rows {
		p.print(reflect.ValueOf(&rows[i]).Elem())
	}
	return p.err
}

// keep takes rows that are sorted at the end, unless they are too many.
func (p *Printer[T]) keep(rows []T) {
	if p.o.MaxRows > 0 || p.o.MaxBytes > 0 {
		for i := range rows {
			p.bytes += sizeOf(reflect.ValueOf(&rows[i]).Elem(), p.all)
		}
		if p.err == nil {
			p.err = p.o.checkKept(int64(len(p.kept)+len(rows)), p.bytes, true)
		}
	}
	if p.err == nil {
		p.kept = append(p.kept, rows...)
	}
}

// sizeOf returns the bytes of memory that a row takes.
func sizeOf(row reflect.Value, cols []Column) int64 {
	size := int64(row.Type().Size())
	for i := range cols {
		v, ok := cols[i].field(row)
		switch {
		case !ok:
		case cols[i].kind == kindString:
			size += int64(v.Len())
		case cols[i].kind == kindStrings:
			for j := range v.Len() {
				size += int64(v.Index(j).Len()) + int64(v.Type().Elem().Size())
			}
		case v.Kind() == reflect.Slice:
			size += int64(v.Len()) * int64(v.Type().Elem().Size())
		}
	}
	return size
}

func (p *Printer[T]) print(row reflect.Value) {
	if p.err == nil {
		p.fail(p.enc.row(row, p.styles(row)))
	}
}

// fail keeps the first error.
func (p *Printer[T]) fail(err error) {
	var many *TooManyRowsError
	switch {
	case p.err != nil || err == nil:
	case errors.As(err, &many):
		p.err = err
	default:
		p.err = fmt.Errorf("write output: %w", err)
	}
}

// styles returns how the cells of a row are shown, nil when nobody says or sees it.
func (p *Printer[T]) styles(row reflect.Value) func(key string) Style {
	if !p.styled {
		return nil
	}
	at := row.Addr().Interface()
	styler, _ := at.(Styler)
	if p.mark == nil {
		if styler == nil {
			return nil
		}
		return styler.Style
	}
	return func(key string) Style {
		style := Plain
		if styler != nil {
			style = styler.Style(key)
		}
		if p.mark(*at.(*T), key) {
			style |= Changed
		}
		return style
	}
}

// Flush writes what has been streamed so far. What is kept until Close stays kept.
func (p *Printer[T]) Flush() error {
	p.fail(p.w.Flush())
	return p.err
}

// Close writes what is left: the sorted rows, the table, the end of the JSON array. It returns the first error there
// was, also when Print has returned it already. Closing again does nothing. The writer stays open.
func (p *Printer[T]) Close() error {
	if p.closed {
		return p.err
	}
	p.closed = true
	p.printKept()
	if p.err == nil {
		p.fail(p.enc.end())
	}
	return p.Flush()
}

func (p *Printer[T]) printKept() {
	rows := make([]reflect.Value, len(p.kept))
	for i := range p.kept {
		rows[i] = reflect.ValueOf(&p.kept[i]).Elem()
	}
	sortRows(rows, p.sort)
	for _, row := range rows {
		p.print(row)
	}
	p.kept = nil
}

// PrintAll prints rows and closes the Printer. It returns the first error once, where Print and Close would both have
// told it.
func (p *Printer[T]) PrintAll(rows []T) error {
	_ = p.Print(rows...) // Close returns its error
	return p.Close()
}
