package archive_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestZstdOfOthers reads what an earlier build of this program wrote, in two sections, and what the tools zstd -19 and pzstd made of an
// archive; the latter begins with a frame without data. One that needs 2 GiB of memory is refused.
func TestZstdOfOthers(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"written": 40, "tool": 20, "pzstd": 20} {
		records, problems, r := readFile(t, "testdata/"+name+".jsonl.zst")
		if len(records) != want || len(problems) > 0 || !r.Compressed() || r.Missing() != 0 || r.Altered() != 0 || r.Trailer() == nil {
			t.Fatalf("%s: read %d records, %d missing, %d altered, problems %v", name, len(records), r.Missing(), r.Altered(), problems)
		}
		if number(records[want-1]) != 19 {
			t.Errorf("%s: the last record is %d", name, number(records[want-1]))
		}
		path := filepath.Join(t.TempDir(), "jobs.zst")
		b, err := os.ReadFile("testdata/" + name + ".jsonl.zst")
		if err == nil {
			err = os.WriteFile(path, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		w, err := archive.Append(disk.OS{}, path)
		write(t, w, err, 50, 53)
		if records, problems, _ := readFile(t, path); len(records) != want+3 || len(problems) > 0 {
			t.Errorf("%s: after three were added there are %d records, problems %v", name, len(records), problems)
		}
	}
	if _, problems, _ := readFile(t, "testdata/long.jsonl.zst"); len(problems) != 1 || !errors.Is(problems[0], archive.ErrWindow) {
		t.Errorf("a window of 2 GiB: %v", problems)
	}
}

// TestTheToolReadsWhatIsSynced: zstd -dc prints all records that Sync made safe, also while the archive is written, and zstd -t takes one
// that is complete.
func TestTheToolReadsWhatIsSynced(t *testing.T) {
	t.Parallel()
	tool := gearmandtest.Require(t, "zstd")
	path := filepath.Join(t.TempDir(), "jobs.zst")
	w, err := archive.Create(disk.OS{}, path)
	var want []byte
	for n := 0; n < 50 && err == nil; n++ {
		err = w.Add(record(n))
		want = archive.AppendRecord(want, record(n))
	}
	if err == nil {
		err = w.Sync()
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := exec.Command(tool, "-dc", path).Output(); !bytes.Equal(got, want) {
		t.Errorf("while it is written, zstd prints %d bytes of %d", len(got), len(want))
	}
	write(t, w, nil, 50, 60)
	w, err = archive.Append(disk.OS{}, path)
	write(t, w, err, 60, 61)
	if out, err := exec.Command(tool, "-t", path).CombinedOutput(); err != nil {
		t.Errorf("zstd -t: %v\n%s", err, out)
	}
	if got, err := exec.Command(tool, "-dc", path).Output(); err != nil || bytes.Count(got, []byte("\n")) != 63 {
		t.Errorf("zstd prints %d lines, %v", bytes.Count(got, []byte("\n")), err)
	}
}

// TestDamageOfZstdIsNoTruncation changes each byte of a complete archive. Unless all records are read, it is reported as damage, not as
// the end that a killed writer leaves, after which nothing would be missed.
func TestDamageOfZstdIsNoTruncation(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.zst")
	w, err := archive.Create(disk.OS{}, path)
	for n := 0; n < 20 && err == nil; n++ {
		if err = w.Add(record(n)); err == nil && n%10 == 0 {
			err = w.Sync()
		}
	}
	write(t, w, err, 20, 21)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		change := []byte{0x01, 0x80, 0xff}[at%3]
		if at < 4 || testing.Short() && at%7 > 0 { // the magic bytes: it is no compressed file any more
			continue
		}
		b := bytes.Clone(whole)
		b[at] ^= change
		r := archive.NewReader(bytes.NewReader(b))
		records, problems := read(t, r)
		_, _, err := archive.Scan(bytes.NewReader(b))
		switch {
		case len(records) == 21 && errors.Is(err, archive.ErrTruncated): // the last block may as well be cut
		case errors.Is(err, archive.ErrTruncated), len(problems) > 0 && errors.Is(problems[len(problems)-1], archive.ErrTruncated):
			t.Errorf("byte %d of %d, changed by %#x: %d records, problems %v, and Scan says %v", at, len(b), change, len(records), problems, err)
		case err == nil && (len(records) != 21 || len(problems) > 0 || r.Altered() > 0):
			t.Errorf("byte %d of %d, changed by %#x: %d records, problems %v, and Scan says nothing", at, len(b), change, len(records), problems)
		}
	}
}

// TestTheLastBlockBeforeABadChecksum: its records can be read, and so can those of one without checksum.
func TestTheLastBlockBeforeABadChecksum(t *testing.T) {
	t.Parallel()
	var lines []byte
	for n := range 10 {
		lines = archive.AppendRecord(lines, record(n))
	}
	b := compress(t, ".zst", lines)
	changed := bytes.Clone(b)
	changed[len(b)-1] ^= 1
	for want, b := range map[error][]byte{zstd.ErrCRCMismatch: changed, archive.ErrTruncated: b[:len(b)-2]} {
		records, problems := read(t, archive.NewReader(bytes.NewReader(b)))
		if len(records) != 10 || len(problems) != 1 || !errors.Is(problems[0], want) {
			t.Errorf("%d records, and %v, want %v", len(records), problems, want)
		}
	}
}

// TestAnErrorOfReadingIsNoDamage of the archive.
func TestAnErrorOfReadingIsNoDamage(t *testing.T) {
	t.Parallel()
	for _, suffix := range suffixes {
		var lines []byte
		for n := range 2000 {
			lines = archive.AppendRecord(lines, record(n*n))
		}
		b := compress(t, suffix, lines)
		broken := errors.New("input/output error")
		for _, n := range []int{0, 1, 3, 10, len(b) / 2, len(b) - 1, len(b)} {
			in := func() io.Reader { return io.MultiReader(bytes.NewReader(b[:n]), iotest.ErrReader(broken)) }
			_, problems := read(t, archive.NewReader(in()))
			_, _, err := archive.Scan(in())
			if len(problems) != 1 || !errors.Is(problems[0], broken) || !errors.Is(err, broken) {
				t.Errorf("%s: an error after %d of %d bytes: %v, and Scan says %v", suffix, n, len(b), problems, err)
			}
		}
	}
}

// frame returns a frame of zstd with a window descriptor, or without one and with a size, and blocks of 128 KiB of one byte.
func frame(window byte, size uint64, blocks int) []byte {
	b := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, window}
	if size > 0 {
		b = binary.LittleEndian.AppendUint64([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0}, size)
	}
	for n := range blocks {
		header := uint32(128<<10)<<3 | 1<<1 // repeated
		if n == blocks-1 {
			header |= 1 // the last one
		}
		b = append(b, byte(header), byte(header>>8), byte(header>>16), 'x')
	}
	return b
}

// peak notes the most memory that is in use when something is read.
type peak struct {
	io.Reader
	most uint64
}

func (p *peak) Read(b []byte) (int, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.most = max(p.most, m.HeapAlloc)
	return p.Reader.Read(b[:min(len(b), 4<<10)])
}

// TestTheMemoryOfAReaderIsBounded: by the largest window that is accepted, and what the garbage collector leaves for a while, whatever
// an archive claims.
func TestTheMemoryOfAReaderIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a hundred megabytes at a time")
	}
	const limit = 600 << 20
	growing := []byte{}
	for mib := range 3 {
		size := 125 + mib
		growing = append(growing, frame(0, uint64(size)<<20, size*8)...)
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"the largest window":      {frame(17<<3, 0, 3000), io.EOF},
		"a larger window":         {frame(17<<3|1, 0, 3), archive.ErrWindow},
		"the largest of all":      {frame(0xff, 0, 3), archive.ErrWindow},
		"in one segment":          {frame(0, 128<<20, 1024), io.EOF},
		"a larger segment":        {frame(0, 128<<20+1, 3), archive.ErrWindow},
		"a segment of 8 exbibyte": {frame(0, 1<<63, 3), archive.ErrWindow},
		"growing":                 {growing, io.EOF},
		"a large one after it":    {append(frame(0, 128<<10, 1), frame(0xff, 0, 3)...), zstd.ErrWindowSizeExceeded},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			runtime.GC()
			in := &peak{Reader: bytes.NewReader(c.data)}
			r := archive.NewReader(in)
			r.MaxJob(1 << 20) // or a line took more than the window
			_, problems := read(t, r)
			err := io.EOF
			if len(problems) > 0 {
				err = problems[len(problems)-1]
			}
			if !errors.Is(err, c.want) || in.most > limit {
				t.Errorf("%d bytes: %v, want %v; in use were %d MiB", len(c.data), err, c.want, in.most>>20)
			}
			t.Log(fmt.Sprint(in.most>>20, " MiB were in use"))
			list, ok := archive.Trailers(bytes.NewReader(c.data), int64(len(c.data)))
			if ok || len(list) > 0 {
				t.Errorf("%d trailers", len(list))
			}
		})
	}
}
