package jobserver

// list is a doubly linked list whose nodes are embedded in their values, so that a value is removed in constant time. The
// zero list is empty.
type list[T any] struct {
	head, tail *node[T]
	n          int
}

// node is a value's node. The zero node is in no list.
type node[T any] struct {
	prev, next *node[T]
	in         *list[T]
	value      T
}

func (l *list[T]) pushFront(n *node[T], v T) {
	*n = node[T]{next: l.head, in: l, value: v}
	if l.head == nil {
		l.tail = n
	} else {
		l.head.prev = n
	}
	l.head = n
	l.n++
}

func (l *list[T]) pushBack(n *node[T], v T) {
	*n = node[T]{prev: l.tail, in: l, value: v}
	if l.tail == nil {
		l.head = n
	} else {
		l.tail.next = n
	}
	l.tail = n
	l.n++
}

// remove removes n from its list, if any.
func (n *node[T]) remove() {
	l := n.in
	if l == nil {
		return
	}
	if n.prev == nil {
		l.head = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.tail = n.prev
	} else {
		n.next.prev = n.prev
	}
	l.n--
	*n = node[T]{}
}

// all iterates over the values from head to tail. The body may remove the current value.
func (l *list[T]) all(yield func(T) bool) {
	for n := l.head; n != nil; {
		next := n.next
		if !yield(n.value) {
			return
		}
		n = next
	}
}
