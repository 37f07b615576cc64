package archive

import (
	"io"

	"gearctl/wire/disk"
)

// NewWriter returns a Writer that writes to w, such as a pipe or standard output. Close does not close w. If w has a Sync
// method, as *os.File does, Sync calls it.
func NewWriter(w io.Writer) *Writer { return newWriter(streamSink{w}) }

type streamSink struct{ io.Writer }

func (s streamSink) stored(plain int64) int64 { return plain }

func (s streamSink) start() int64 { return 0 }

func (s streamSink) writeEnd(p []byte) error {
	_, err := s.Write(p)
	return err
}

func (s streamSink) sync() error {
	if f, ok := s.Writer.(interface{ Sync() error }); ok {
		return disk.SyncStream(f)
	}
	return nil
}

func (s streamSink) close(bool) error { return nil }
