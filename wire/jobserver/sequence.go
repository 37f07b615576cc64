package jobserver

import (
	"iter"
	"slices"
)

// sequence holds values under rising numbers, in the order in which they were added. A list that is written in several
// steps remembers the last number written and goes on after it, whatever was added and removed in between.
type sequence[T any] struct {
	last    uint64 // number of the newest value, also when that was removed
	entries []numbered[T]
	gone    int // entries without a value
}

// numbered is an entry of a sequence; value is nil after it was removed.
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

// get returns the value with that number, or nil.
func (q *sequence[T]) get(number uint64) *T {
	if i, found := q.find(number); found {
		return q.entries[i].value
	}
	return nil
}

// remove removes the value with that number, if there is one.
func (q *sequence[T]) remove(number uint64) {
	i, found := q.find(number)
	if !found || q.entries[i].value == nil {
		return
	}
	q.entries[i].value = nil
	q.gone++
	if q.gone > len(q.entries)/2 {
		q.compact()
	}
}

// after iterates over the values with numbers above number, oldest first. The body must not remove any.
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
	left := make([]numbered[T], 0, 2*(len(q.entries)-q.gone))
	for _, e := range q.entries {
		if e.value != nil {
			left = append(left, e)
		}
	}
	q.entries, q.gone = left, 0
}
