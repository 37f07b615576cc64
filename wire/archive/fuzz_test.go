package archive_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// archiveSeeds are files that a writer leaves, whole, cut and compressed.
func archiveSeeds(t testing.TB) [][]byte {
	var b []byte
	for n := range 3 {
		b = archive.AppendRecord(b, record(n))
	}
	whole := archive.AppendTrailer(bytes.Clone(b), archive.Trailer{Records: 3, Acknowledged: 3, EndedAt: noon})
	list := [][]byte{
		whole, b[:len(b)-7], append(bytes.Clone(whole), `{"v":1,"end":true,"cut":true}`...), []byte("garbage\n\n"),
		{0x1f, 0x8b},
		{0x28, 0xb5, 0x2f, 0xfd},
		{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0},
		nil,
	}
	for _, suffix := range suffixes {
		z := compress(t, suffix, whole)
		list = append(list, z, z[:len(z)/2], append(bytes.Clone(z), z...), append(z[:len(z)/2:len(z)/2], 0, 0, 0, 0))
	}
	return list
}

// readAny reads what it can of an archive that may hold anything. It fails the test when that does not end.
func readAny(t *testing.T, r *archive.Reader) (records int) {
	t.Helper()
	for before := int64(0); ; before = r.Number() {
		_, err := r.Next()
		var damaged *archive.LineError
		switch {
		case err == nil:
			records++
		case errors.As(err, &damaged):
		case errors.Is(err, io.EOF):
			return records
		default:
			return records
		}
		if r.Number() <= before {
			t.Fatalf("after line %d comes line %d", before, r.Number())
		}
	}
}

// FuzzReader reads anything as an archive, record by record and by its sections.
func FuzzReader(f *testing.F) {
	for _, b := range archiveSeeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := archive.NewReader(bytes.NewReader(b))
		records := readAny(t, r)
		if r.Missing() < 0 || r.Section() < 0 {
			t.Errorf("%d missing, section %d", r.Missing(), r.Section())
		}
		sections, lines, err := archive.Scan(bytes.NewReader(b))
		if err == nil && int64(records) > lines {
			t.Errorf("%d records in %d lines", records, lines)
		}
		for i, s := range sections {
			if s.Last > lines || i > 0 && s.Last < sections[i-1].Last {
				t.Errorf("section %d ends in line %d of %d", i, s.Last, lines)
			}
		}
	})
}

// FuzzAppend adds a record to anything: what is no archive stays as it is, and of an archive all records are read
// again, and the new one.
func FuzzAppend(f *testing.F) {
	for _, b := range archiveSeeds(f) {
		for name := range byte(len(names)) {
			f.Add(b, name)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, name byte) {
		d, path := disktest.NewSim(), "/"+names[int(name)%len(names)]
		d.WriteFile(path, b, 0o600)
		before := readAny(t, archive.NewReader(bytes.NewReader(b)))
		w, err := archive.Append(d, path)
		if err != nil {
			if after, _ := disk.ReadFile(d, path, 1<<30); !bytes.Equal(after, b) && errors.Is(err, archive.ErrNotArchive) {
				t.Fatalf("it was refused, %v, and holds %q now", err, after)
			}
			return
		}
		if err := errors.Join(w.Add(record(7)), w.Sync(), w.Close(noon)); err != nil {
			t.Fatal(err)
		}
		after, err := disk.ReadFile(d, path, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		if n := readAny(t, archive.NewReader(bytes.NewReader(after))); n != before+1 {
			t.Fatalf("%d records, and after one was added %d", before, n)
		}
	})
}
