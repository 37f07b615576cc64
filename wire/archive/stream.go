package archive

import (
	"io"

	"gearctl/wire/disk"
)

// NewWriter writes an archive to w, such as a pipe or standard output. It is not closed. Where w has a method Sync, as
// an *os.File does, Sync of the Writer calls it.
func NewWriter(w io.Writer) *Writer { return newWriter(streamSink{w}) }

type streamSink struct{ io.Writer }

func (s streamSink) sync() error {
	if f, ok := s.Writer.(interface{ Sync() error }); ok {
		return disk.SyncStream(f)
	}
	return nil
}

func (s streamSink) close(bool) error { return nil }
