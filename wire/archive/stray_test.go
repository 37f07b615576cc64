package archive_test

import (
	"bytes"
	"errors"
	"testing"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// TestAFewBytesAfterTheLastPart: of the next part of a compressed archive only a few bytes were stored, or they are of something
// else. What is appended can be read, or nothing is appended.
func TestAFewBytesAfterTheLastPart(t *testing.T) {
	t.Parallel()
	plain := archive.AppendTrailer(archive.AppendRecord(nil, record(1)), archive.Trailer{Records: 1, Acknowledged: 1, EndedAt: noon})
	for _, name := range names[1:] {
		whole := compress(t, archive.CompressedSuffix(name), plain)
		for _, before := range [][]byte{nil, whole} {
			for _, part := range [][]byte{whole, {0, 0x80, 0, 0}, {0x80, 0, 0, 0}, []byte("text")} {
				for n := 1; n <= len(part) && n < 20; n++ {
					d, path := disktest.NewSim(), "/"+name
					d.WriteFile(path, append(bytes.Clone(before), part[:n]...), 0o600)
					w, err := archive.Append(d, path)
					if err != nil {
						continue
					}
					if err := errors.Join(w.Add(record(7)), w.Sync(), w.Close(noon)); err != nil {
						t.Fatal(err)
					}
					after, err := disk.ReadFile(d, path, 1<<30)
					if err != nil {
						t.Fatal(err)
					}
					want := 1 + min(len(before), 1)
					if got := readAny(t, archive.NewReader(bytes.NewReader(after))); got != want {
						t.Errorf("%s: %d bytes, and %q of another part: after one was added %d records are read, want %d", name, len(before), part[:n], got, want)
					}
				}
			}
		}
	}
}
