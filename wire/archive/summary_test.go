package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// TestTrailers reads only the trailers of archives of two sections, plain and compressed.
func TestTrailers(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		path := filepath.Join(t.TempDir(), name)
		w, err := archive.Create(disk.OS{}, path)
		write(t, w, err, 0, 3000)
		w, err = archive.Append(disk.OS{}, path)
		if err != nil {
			t.Fatal(err)
		}
		other := record(1)
		other.Queue, other.Server, other.DrainedAt = "service", "gm2:4730", noon.Add(time.Hour)
		err = errors.Join(w.Add(record(0)), w.Add(other), w.ClosePending(noon))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		in := &countedReads{ReaderAt: bytes.NewReader(b)}
		list, ok := archive.Trailers(in, int64(len(b)))
		if !ok || len(list) != 2 || in.n > 9<<10 {
			t.Fatalf("%s: %d trailers, %v, by reading %d bytes", name, len(list), ok, in.n)
		}
		for _, trailer := range list {
			trailer.Summary.CRC = 0
		}
		want := []*archive.Trailer{
			{Records: 3000, Acknowledged: 3000, EndedAt: noon, Summary: &archive.Summary{
				Bytes: 34890, First: noon, Last: noon, Queues: map[string]int64{"perfdata": 3000}, Servers: map[string]int64{"gm1:4730": 3000},
			}},
			{Records: 2, EndedAt: noon, Pending: true, Summary: &archive.Summary{
				Start: list[1].Summary.Start, Bytes: 18, First: noon, Last: noon.Add(time.Hour),
				Queues: map[string]int64{"perfdata": 1, "service": 1}, Servers: map[string]int64{"gm1:4730": 1, "gm2:4730": 1},
			}},
		}
		if diff := cmp.Diff(want, list); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
		for cut := 1; cut < 100; cut++ {
			if list, ok := archive.Trailers(bytes.NewReader(b), int64(len(b)-cut)); ok {
				t.Fatalf("%s: without the last %d bytes: %d trailers", name, cut, len(list))
			}
		}
	}
}

type countedReads struct {
	io.ReaderAt
	n int
}

func (c *countedReads) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.n += n
	return n, err
}

// TestTrailersThatSayTooLittle: after the trailer of a killed writer, or an earlier version, nothing is known.
func TestTrailersThatSayTooLittle(t *testing.T) {
	t.Parallel()
	records := archive.AppendRecord(nil, record(0))
	for name, b := range map[string][]byte{
		"nothing": nil, "no trailer": records, "text": []byte("Dear reader\n"), "gzip's magic bytes": {0x1f, 0x8b}, "zstd's magic bytes": {0x28, 0xb5, 0x2f, 0xfd},
		"no summary":        archive.AppendTrailer(bytes.Clone(records), archive.Trailer{Records: 1}),
		"a killed writer":   archive.AppendTrailer(bytes.Clone(records), archive.Trailer{Interrupted: true}),
		"an offset too far": archive.AppendTrailer(bytes.Clone(records), archive.Trailer{Summary: &archive.Summary{Start: 1 << 40}}),
		"a negative offset": archive.AppendTrailer(bytes.Clone(records), archive.Trailer{Summary: &archive.Summary{Start: -1}}),
	} {
		if list, ok := archive.Trailers(bytes.NewReader(b), int64(len(b))); ok {
			t.Errorf("%s: %d trailers", name, len(list))
		}
	}
}

// TestASummaryIsBounded: with too many queues, or names that are not text, it has none, and the trailer stays short.
func TestASummaryIsBounded(t *testing.T) {
	t.Parallel()
	for name, queue := range map[string]func(n int) string{
		"many":     func(n int) string { return fmt.Sprint("queue", n) },
		"long":     func(n int) string { return fmt.Sprintf("%0500d", n%20) },
		"not text": func(int) string { return "q\xff" },
	} {
		path := filepath.Join(t.TempDir(), "jobs")
		w, err := archive.Create(disk.OS{}, path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 300 {
			r := record(n)
			r.Queue = queue(n)
			err = errors.Join(err, w.Add(r))
		}
		if err = errors.Join(err, w.Close(noon)); err != nil {
			t.Fatal(err)
		}
		b, _ := os.ReadFile(path)
		list, ok := archive.Trailers(bytes.NewReader(b), int64(len(b)))
		if !ok || list[0].Summary.Queues != nil || list[0].Summary.Bytes == 0 {
			t.Errorf("%s: %v, %+v", name, ok, list)
		}
	}
}

// TestAChecksumShowsDamage that leaves every line valid.
func TestAChecksumShowsDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs")
	for range 2 {
		w, err := archive.Append(disk.OS{}, path)
		write(t, w, err, 0, 5)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range []int{0, 1, 2} { // in which section
		text := bytes.Clone(b)
		if damaged > 0 {
			at := bytes.Index(text, []byte("cGF5"))
			if damaged == 2 {
				at = bytes.LastIndex(text, []byte("cGF5"))
			}
			text[at]++
		}
		r := archive.NewReader(bytes.NewReader(text))
		records, problems := read(t, r)
		if want := int64(min(damaged, 1)); len(records) != 10 || len(problems) > 0 || r.Altered() != want {
			t.Errorf("damage in section %d: %d records, problems %v, %d sections altered", damaged, len(records), problems, r.Altered())
		}
	}
}
