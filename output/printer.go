package output

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Printer writes rows of type T to a writer. It is not safe for concurrent use.
type Printer[T any] struct {
	w      *bufio.Writer
	o      Options
	all    []Column
	enc    encoder
	sort   []sortKey
	kept   []T   // rows to sort
	bytes  int64 // memory of kept
	styled bool  // the format shows styles
	mark   func(row T, key string) bool
	err    error // the first error; nothing is written after it
	closed bool
}

var errClosed = errors.New("the printer is closed")

// bufferSize is how many bytes of a stream a Printer buffers.
const bufferSize = 64 << 10

// NewPrinter returns a Printer that writes to w. It writes nothing itself. A column or sort key that T does not have is an
// *UnknownColumnError; a template that does not parse and an unsupported format are errors too.
func NewPrinter[T any](w io.Writer, o Options) (*Printer[T], error) {
	if o.Format.Kind == "" {
		o.Format.Kind = Table
	}
	all := o.Labels.addTo(renamed(ColumnsOf[T](), o.Rename))
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

func renamed(cols []Column, names map[string]string) []Column {
	for i := range cols {
		if name, ok := names[cols[i].Key]; ok {
			cols[i].Key = name
		}
	}
	return cols
}

// Mark adds the style Changed to the cells of colored tables for which changed returns true. It must be called before the
// first row.
func (p *Printer[T]) Mark(changed func(row T, key string) bool) { p.mark = changed }

// Print adds rows. Tables, and all formats when Options.Sort is set, are kept until Close; otherwise up to 64 KiB are
// buffered. The first error, of writing or of a template, is returned by this and every later call.
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

// keep keeps rows for sorting, within the limits.
func (p *Printer[T]) keep(rows []T) {
	if p.o.MaxRows > 0 || p.o.MaxBytes > 0 {
		for i := range rows {
			p.bytes += rowMemory(reflect.ValueOf(&rows[i]).Elem(), p.all)
		}
		if p.err == nil {
			p.err = p.o.checkKept(int64(len(p.kept)+len(rows)), p.bytes, true)
		}
	}
	if p.err == nil {
		p.kept = append(p.kept, rows...)
	}
}

// rowMemory returns how many bytes of memory a row takes.
func rowMemory(row reflect.Value, cols []Column) int64 {
	size := int64(row.Type().Size())
	for i := range cols {
		v, ok := cols[i].value(row)
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

// styles returns the style of each cell of a row, or nil if all are plain.
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

// Flush writes buffered output. Rows that are kept until Close stay kept.
func (p *Printer[T]) Flush() error {
	p.fail(p.w.Flush())
	return p.err
}

// Close writes what is left: sorted rows, the table, the end of the JSON array. It returns the first error, even if Print
// returned it before. It does not close the writer. Further calls do nothing.
func (p *Printer[T]) Close() error {
	if p.closed {
		return p.err
	}
	p.closed = true
	p.printKept()
	if p.err == nil {
		p.fail(p.enc.end())
	}
	err := p.Flush()
	if t, ok := p.enc.(*tableEncoder); ok && err == nil && len(t.dropped) > 0 && p.o.Dropped != nil {
		p.o.Dropped(t.dropped)
	}
	return err
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

// PrintAll prints rows and closes the Printer.
func (p *Printer[T]) PrintAll(rows []T) error {
	_ = p.Print(rows...) // Close returns the error
	return p.Close()
}
