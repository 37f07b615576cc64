package output

import "slices"

// layout is which columns a table has on a terminal, and how wide they are.
type layout struct {
	cols    []int // indices of the columns that are printed
	widths  []int // of those, in terminal columns
	dropped []int // indices of the columns that do not fit, in their order
}

const (
	minWide = 8  // names and text are not cut below this, nor below their heading
	minText = 16 // text is not cut below this as long as there are columns to drop
)

// fitColumns fits a table into limit terminal columns; 0: no limit. First text is cut, then columns are dropped, those of the
// lowest rank first and of these the rightmost, unless keep is set, and names are cut last. Names may take three quarters of the
// line before a column is dropped for them. If all that is not enough, the table stays too wide.
func fitColumns(cols []Column, widths []int, limit int, keep bool) layout {
	f := fitting{cols: cols, widths: slices.Clone(widths), limit: limit}
	for i := range cols {
		f.shown = append(f.shown, i)
	}
	if limit > 0 {
		f.narrow(func(c *Column) bool { return c.Wide && !c.Name }, minText)
		if !keep {
			f.drop()
		}
		f.narrow(func(c *Column) bool { return c.Wide && !c.Name }, minWide)
		f.narrow(func(c *Column) bool { return c.Name }, minWide)
	}
	l := layout{cols: f.shown, dropped: f.dropped}
	slices.Sort(l.dropped)
	for _, i := range f.shown {
		l.widths = append(l.widths, f.widths[i])
	}
	return l
}

// fitting is a table that is being fitted.
type fitting struct {
	cols    []Column
	widths  []int // of all columns
	limit   int
	shown   []int
	dropped []int
}

// over returns by how much the table is too wide, where a name counts as at most cap wide.
func (f *fitting) over(mostName int) int {
	over := (len(f.shown)-1)*len(gap) - f.limit
	for _, i := range f.shown {
		w := f.widths[i]
		if f.cols[i].Name {
			w = min(w, mostName)
		}
		over += w
	}
	return over
}

// narrow cuts the widest of the columns that which selects, down to least and their headings.
func (f *fitting) narrow(which func(*Column) bool, least int) {
	for over := f.over(maxPadded); over > 0; over-- {
		widest := -1
		for _, i := range f.shown {
			if which(&f.cols[i]) && f.widths[i] > max(least, Width(f.cols[i].Key)) && (widest < 0 || f.widths[i] > f.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		f.widths[widest]--
	}
}

// drop drops columns until names have their part of the line. Where that does not make the table fit, all stay.
func (f *fitting) drop() {
	all := slices.Clone(f.shown)
	f.dropToFit()
	if f.over(minWide) > 0 {
		f.shown, f.dropped = all, nil
	}
}

// mostName returns how wide names may be so that together they take no more than room: what short ones leave is for the others.
func (f *fitting) mostName(room int) int {
	var names []int // widths
	for _, i := range f.shown {
		if f.cols[i].Name {
			names = append(names, f.widths[i])
		}
	}
	slices.Sort(names)
	for i, w := range names {
		if share := room / (len(names) - i); w > share {
			return share
		}
		room -= w
	}
	return maxPadded
}

func (f *fitting) dropToFit() {
	mostName := f.mostName(f.limit * 3 / 4)
	for f.over(mostName) > 0 {
		least := -1 // an index of shown
		for at, i := range f.shown {
			rank := f.cols[i].rank()
			if rank > 0 && (least < 0 || rank <= f.cols[f.shown[least]].rank()) {
				least = at
			}
		}
		if least < 0 || len(f.shown) == 1 {
			return
		}
		f.dropped = append(f.dropped, f.shown[least])
		f.shown = slices.Delete(f.shown, least, least+1)
	}
}
