package spool

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gearctl/wire/disk"
)

const (
	segmentSuffix = ".jsonl"
	damagedSuffix = ".damaged"
	rejectedName  = "rejected" + segmentSuffix
	aboutName     = "route"
)

// maxAbout limits the size of the description of a queue, in bytes.
const maxAbout = 64 << 10

// segment is a file of a queue, an archive.
type segment struct {
	number  int64
	path    string
	bytes   int64 // that are safe on disk
	records int64 // an estimate unless exact
	exact   bool  // reading ends at records
	growing bool  // records are being added
	done    int64 // records that are done
	damaged int64 // lines that could not be read
}

// segmentPath returns the path of a segment. The names sort by number.
func segmentPath(dir string, number int64) string {
	return filepath.Join(dir, fmt.Sprintf("%012d%s", number, segmentSuffix))
}

// finished reports whether a segment is no longer needed.
func (s *segment) finished() bool { return s.exact && !s.growing && s.done >= s.records }

// remove removes a segment's file. A file with damaged records is renamed instead.
func (s *segment) remove(d disk.FS) error {
	if s.damaged > 0 {
		return d.Rename(s.path, s.path+damagedSuffix)
	}
	err := d.Remove(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// listSegments returns the segments in a queue's directory that are not done, oldest first.
func listSegments(d disk.FS, dir string, p progress) ([]*segment, error) {
	entries, err := d.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []*segment
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), segmentSuffix)
		number, err := strconv.ParseInt(name, 10, 64)
		if !is || err != nil || number < 1 {
			continue // rejected jobs, or a file of another program
		}
		s := &segment{number: number, path: filepath.Join(dir, e.Name())}
		if number < p.Segment {
			if err := s.remove(d); err != nil {
				return nil, err
			}
			continue
		}
		if number == p.Segment {
			s.done = p.Done
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *segment) int { return int(a.number - b.number) })
	for _, s := range list {
		if err := s.count(d); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *segment) count(d disk.FS) error {
	info, err := d.Stat(s.path)
	if err != nil {
		return err
	}
	s.bytes = info.Size()
	s.records, err = countRecords(d, s.path)
	return err
}

// countRecords counts the lines of an archive that look like records, without parsing them.
func countRecords(d disk.FS, path string) (n int64, err error) {
	f, err := d.Open(path, os.O_RDONLY, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	trailer := []byte(`{"v":1,"end":true`)
	r := bufio.NewReaderSize(f, 256<<10)
	for begun := false; ; {
		part, err := r.ReadSlice('\n')
		if len(part) > 0 && !begun && !bytes.HasPrefix(part, trailer) {
			n++
		}
		switch {
		case err == nil:
			begun = false
		case errors.Is(err, bufio.ErrBufferFull):
			begun = true
		case errors.Is(err, io.EOF):
			return n, nil
		default:
			return n, err
		}
	}
}
