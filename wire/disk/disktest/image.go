package disktest

import (
	"fmt"
	"hash/maphash"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// image is the state of a file system: its inodes by number. Those without a name cannot be reached.
type image map[int]*inode

// root is the number of the root directory.
const root = 1

type inode struct {
	dir   bool
	mode  fs.FileMode
	data  []byte // shared between images: replaced, not changed
	sum   uint64 // of data; 0: not yet known
	names map[string]int
}

// kind is a kind of operation.
type kind int

const (
	create kind = iota
	rename
	remove
	write
	truncate
	chmod
)

// named reports whether an operation changes a directory.
func (k kind) named() bool { return k <= remove }

// never is the synced of an operation that no sync covered.
const never = -1

// op is an operation that changes an image.
type op struct {
	kind     kind
	inode    int
	dir      int // of name
	name     string
	from     int // of fromName
	fromName string
	mode     fs.FileMode
	offset   int64 // of a write, or the size of a truncation
	data     []byte
	at       int  // its line in the log
	synced   int  // the line of the sync that made it survive
	doubt    bool // a sync of it failed
	safe     bool // at the crash point in question
}

// choice is what survives of an operation.
type choice struct {
	what what
	n    int // with cut and cutZeros, how many bytes of a write
}

type what int

const (
	lost     what = iota
	kept          // all
	zeros         // of a write, the size
	cut           // of a write, the first n bytes
	cutZeros      // of a write, the first n bytes and the size
)

func (i image) clone() image {
	c := make(image, len(i))
	for id, n := range i {
		c[id] = &inode{n.dir, n.mode, n.data, n.sum, maps.Clone(n.names)}
	}
	return c
}

// apply applies what survives of an operation.
func (i image) apply(o *op, c choice) {
	if o.kind == create && i[o.inode] == nil { // without a name it does no harm
		i[o.inode] = &inode{mode: o.mode}
		if o.mode.IsDir() {
			i[o.inode].dir, i[o.inode].names = true, map[string]int{}
		}
	}
	if c.what == lost {
		return
	}
	n := i[o.inode]
	switch o.kind {
	case create:
		i[o.dir].names[o.name] = o.inode
	case rename:
		for _, dir := range []int{o.from, o.dir} { // where an earlier rename was lost, it has another name
			maps.DeleteFunc(i[dir].names, func(_ string, id int) bool { return id == o.inode })
		}
		i[o.dir].names[o.name] = o.inode
	case remove:
		delete(i[o.dir].names, o.name)
	case chmod:
		n.mode = o.mode
	case truncate:
		n.data, n.sum = resize(n.data[:min(len(n.data), int(o.offset))], int(o.offset)), 0
	case write:
		n.write(o, c)
	}
}

func (n *inode) write(o *op, c choice) {
	data, size := o.data, len(o.data)
	switch c.what {
	case zeros:
		data = nil
	case cut:
		data, size = data[:c.n], c.n
	case cutZeros:
		data = data[:c.n]
	}
	n.data, n.sum = resize(n.data, max(len(n.data), int(o.offset)+size)), 0
	copy(n.data[o.offset:], data)
}

// resize returns a copy of b with zeros up to size.
func resize(b []byte, size int) []byte {
	c := make([]byte, size)
	copy(c, b)
	return c
}

// walk calls f for everything that has a name, in order.
func (i image) walk(f func(path string, n *inode)) {
	var down func(path string, dir *inode)
	down = func(path string, dir *inode) {
		for _, name := range dir.sorted() {
			n := i[dir.names[name]]
			f(path+"/"+name, n)
			if n.dir {
				down(path+"/"+name, n)
			}
		}
	}
	down("", i[root])
}

func (n *inode) sorted() []string { return slices.Sorted(maps.Keys(n.names)) }

func (i image) info(name string, id int) fs.FileInfo {
	return fileInfo{name, int64(len(i[id].data)), i[id].mode}
}

var seed = maphash.MakeSeed()

// hash is the same for images with the same names, modes and contents.
func (i image) hash() uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	i.walk(func(path string, n *inode) {
		if n.sum == 0 {
			n.sum = maphash.Bytes(seed, n.data)
		}
		fmt.Fprintf(&h, "%s %o %d\n", path, n.mode, n.sum)
	})
	return h.Sum64()
}

// String is a line for each file and directory.
func (i image) String() string {
	var b strings.Builder
	i.walk(func(path string, n *inode) {
		if n.dir {
			fmt.Fprintf(&b, "%s/ %#o\n", path, n.mode.Perm())
		} else {
			fmt.Fprintf(&b, "%s %#o %q\n", path, n.mode, n.data)
		}
	})
	return b.String()
}
