package jobserver

import (
	"iter"
	"slices"
)

// sequence numbers values in the order in which they were added. A list written in several steps continues after the last
// number written, whatever was added or removed in between.
type sequence[T any] struct {
	last    uint64 // highest number given out
	entries []numbered[T]
	removed int // entries without a value
}

// numbered is an entry of a sequence. value is nil once it is removed.
type numbered[T any] struct {
	number uint64
	value  *T
}

// add appends v and returns its number; the first is 1.
func (q *sequence[T]) add(v *T) uint64 {
	q.last++
	q.entries = append(q.entries, numbered[T]{q.last, v})
	return q.last
}

// get returns a value by number, or nil.
func (q *sequence[T]) get(number uint64) *T {
	if i, found := q.find(number); found {
		return q.entries[i].value
	}
	return nil
}

// remove removes a value by number, if it exists.
func (q *sequence[T]) remove(number uint64) {
	i, found := q.find(number)
	if !found || q.entries[i].value == nil {
		return
	}
	q.entries[i].value = nil
	q.removed++
	if q.removed > len(q.entries)/2 {
		q.compact()
	}
}

// after iterates over the values with higher numbers than number, in order. The body must not remove values.
func (q *sequence[T]) after(number uint64) iter.Seq2[uint64, *T] {
	return func(yield func(uint64, *T) bool) {
		i, _ := q.find(number + 1)
		for _, e := range q.entries[i:] {
			if e.value != nil && !yield(e.number, e.value) {
				return
			}
		}
	}
}

func (q *sequence[T]) find(number uint64) (int, bool) {
	return slices.BinarySearchFunc(q.entries, number, func(e numbered[T], n uint64) int {
		switch {
		case e.number < n:
			return -1
		case e.number > n:
			return 1
		}
		return 0
	})
}

func (q *sequence[T]) compact() {
	left := make([]numbered[T], 0, 2*(len(q.entries)-q.removed))
	for _, e := range q.entries {
		if e.value != nil {
			left = append(left, e)
		}
	}
	q.entries, q.removed = left, 0
}
