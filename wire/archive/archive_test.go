package archive_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/zstd"

	"gearctl/wire/archive"
	"gearctl/wire/disk"

	"gearctl/wire"
)

// names are those of a plain archive and of compressed ones, with these suffixes.
var (
	names    = []string{"jobs.jsonl", "jobs.jsonl.gz", "jobs.jsonl.zst"}
	suffixes = []string{".gz", ".zst"}
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)

func record(n int) *archive.Record {
	return &archive.Record{
		Server: "gm1:4730", Queue: "perfdata", Handle: fmt.Sprint("H:gm1:", n), Unique: fmt.Sprint("key", n),
		Priority: wire.PriorityLow, DrainedAt: noon, Data: fmt.Appendf(nil, "payload %d", n),
	}
}

// write writes records from..to-1 with w and closes it.
func write(t *testing.T, w *archive.Writer, err error, from, to int) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for n := from; n < to; n++ {
		if err := w.Add(record(n)); err != nil {
			t.Fatal(err)
		}
	}
	w.Acknowledged(int64(to - from))
	if err := w.Close(noon); err != nil {
		t.Fatal(err)
	}
}

// read reads all records, and returns what else there was to say.
func read(t *testing.T, r *archive.Reader) (records []*archive.Record, problems []error) {
	t.Helper()
	for {
		rec, err := r.Next()
		var damaged *archive.LineError
		switch {
		case len(records)+len(problems) > 1_000_000:
			t.Fatal("a million records and problems, and there is no end")
		case err == nil:
			records = append(records, rec)
		case errors.As(err, &damaged):
			problems = append(problems, err)
		case errors.Is(err, io.EOF):
			return records, problems
		default:
			return records, append(problems, err)
		}
	}
}

func readFile(t *testing.T, path string) ([]*archive.Record, []error, *archive.Reader) {
	t.Helper()
	r, err := archive.Open(disk.OS{}, path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	records, problems := read(t, r)
	return records, problems, r
}

func TestALineIsAsTheDesignSays(t *testing.T) {
	for _, c := range []struct {
		record archive.Record
		want   string
	}{
		{
			*record(7),
			`{"v":1,"server":"gm1:4730","queue":"perfdata","handle":"H:gm1:7","unique":"key7","priority":"low",` +
				`"drained_at":"2026-11-23T12:00:00.123456789Z","data":"cGF5bG9hZCA3"}`,
		},
		{
			archive.Record{Queue: "a \"b\"\\\t\x00ü", DrainedAt: noon.Truncate(time.Second), Data: []byte{0, 255}},
			`{"v":1,"server":"","queue":"a \"b\"\\\u0009\u0000ü","handle":"","unique":"","priority":null,` +
				`"drained_at":"2026-11-23T12:00:00Z","data":"AP8="}`,
		},
		{
			archive.Record{Queue: "q\xff", Unique: "\xfe", DrainedAt: noon.Truncate(time.Second)},
			`{"v":1,"server":"","queue":"q` + "\ufffd" + `","queue_base64":"cf8=","handle":"","unique":"` + "\ufffd" + `","unique_base64":"/g==","priority":null,` +
				`"drained_at":"2026-11-23T12:00:00Z","data":""}`,
		},
	} {
		got := string(archive.AppendRecord(nil, &c.record))
		if got != c.want+"\n" {
			t.Errorf("got\n%swant\n%s", got, c.want)
		}
		back, _, err := archive.Parse([]byte(got))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.record, *back, cmp.Transformer("bytes", func(b []byte) string { return string(b) })); diff != "" {
			t.Errorf("-written +read\n%s", diff)
		}
	}
}

func TestLinesThatAreNone(t *testing.T) {
	for in, want := range map[string]string{
		`{"v":2,"queue":"q","data":""}`:                     "version 2",
		`{"queue":"q","data":""}`:                           "no version",
		`{"v":1,"data":""}`:                                 "names no queue",
		`{"v":1,"queue":"q"}`:                               "no data",
		`{"v":1,"queue":"q","data":"*"}`:                    "base64",
		`{"v":1,"queue":"q","data":"","priority":"urgent"}`: `priority "urgent"`,
		`{"v":1,"queue":"q","data":"`:                       "unexpected end",
		`[]`:                                                "not an archive record",
	} {
		if _, _, err := archive.Parse([]byte(in)); err == nil || !bytes.Contains([]byte(err.Error()), []byte(want)) {
			t.Errorf("%s: got %v, want %q in it", in, err, want)
		}
	}
}

func TestFilesRoundTrip(t *testing.T) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			w, err := archive.Create(disk.OS{}, path)
			write(t, w, err, 0, 3000) // several pieces
			w, err = archive.Append(disk.OS{}, path)
			write(t, w, err, 3000, 3010)
			records, problems, r := readFile(t, path)
			if len(records) != 3010 || len(problems) > 0 || r.Missing() != 0 {
				t.Fatalf("read %d records, %d missing, problems %v", len(records), r.Missing(), problems)
			}
			if diff := cmp.Diff(record(3009), records[3009]); diff != "" {
				t.Errorf("-written +read\n%s", diff)
			}
			if diff := cmp.Diff(&archive.Trailer{Records: 10, Acknowledged: 10, EndedAt: noon}, r.Trailer(), cmpopts.IgnoreFields(archive.Trailer{}, "Summary")); diff != "" {
				t.Errorf("trailer -want +got\n%s", diff)
			}
			if info, _ := os.Stat(path); info.Mode() != 0o600 {
				t.Errorf("mode %v", info.Mode())
			}
			if _, err := archive.Create(disk.OS{}, path); !errors.Is(err, fs.ErrExist) {
				t.Errorf("created again: %v", err)
			}
		})
	}
}

// TestAnArchiveCutAnywhere reads an archive that ends after any of its bytes: all whole lines are read, and appending
// leaves an archive without damage.
func TestAnArchiveCutAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "whole")
	w, err := archive.Create(disk.OS{}, path)
	write(t, w, err, 0, 3)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size < len(whole); size++ {
		if testing.Short() && size%7 > 0 {
			continue
		}
		part := filepath.Join(t.TempDir(), "part")
		if err := os.WriteFile(part, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(whole[:size+1], []byte("\n")) // a line that lacks only its end counts
		records, problems, _ := readFile(t, part)
		if want := min(lines, 3); len(records) != want || len(problems) > 1 || len(problems) == 1 && !errors.Is(problems[0], archive.ErrTruncated) {
			t.Fatalf("%d bytes: read %d records, want %d; problems %v", size, len(records), want, problems)
		}
		w, err := archive.Append(disk.OS{}, part)
		write(t, w, err, 10, 11)
		again, problems, _ := readFile(t, part)
		if len(again) != len(records)+1 || len(problems) > 0 {
			t.Fatalf("%d bytes: after appending one: %d records of %d, problems %v", size, len(again), len(records), problems)
		}
	}
}

func TestACompressedArchiveCutAnywhere(t *testing.T) {
	for _, suffix := range suffixes {
		t.Run(suffix, func(t *testing.T) { cutAnywhere(t, suffix) })
	}
}

func cutAnywhere(t *testing.T, suffix string) {
	path := filepath.Join(t.TempDir(), "whole"+suffix)
	w, err := archive.Create(disk.OS{}, path)
	if err != nil {
		t.Fatal(err)
	}
	synced := map[int64]int{}
	for n := range 3 {
		w.Add(record(n))
		if err := w.Sync(); err != nil {
			t.Fatal(err)
		}
		info, _ := os.Stat(path)
		synced[info.Size()] = n + 1
	}
	write(t, w, nil, 3, 4)
	whole, _ := os.ReadFile(path)
	safe, between := 0, 0
	for size := range whole {
		safe = max(safe, synced[int64(size)])
		if testing.Short() && size%7 > 0 && size < len(whole)-200 {
			continue
		}
		part := filepath.Join(t.TempDir(), "part"+suffix)
		os.WriteFile(part, whole[:size], 0o600)
		records, problems, _ := readFile(t, part)
		if size > 0 && len(problems) == 0 { // the records are whole, and there is no trailer
			between++
			checkAppended(t, part, len(records))
			continue
		}
		if len(records) < safe || size > 0 && (len(problems) != 1 || !errors.Is(problems[0], archive.ErrTruncated)) {
			t.Fatalf("%d bytes: %d records, want %d; problems %v", size, len(records), safe, problems)
		}
		if size > 0 {
			if _, err := archive.Append(disk.OS{}, part); !errors.Is(err, archive.ErrCannotAppend) {
				t.Fatalf("%d bytes: append says %v", size, err)
			}
		}
	}
	if between != 1 {
		t.Errorf("cut between the records and the trailer %d times", between)
	}
}

// checkAppended appends a record to a compressed archive of so many records that has no trailer.
func checkAppended(t *testing.T, path string, records int) {
	t.Helper()
	w, err := archive.Append(disk.OS{}, path)
	write(t, w, err, 10, 11)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sections, _, err := archive.Scan(f)
	last := int64(records + 1)
	if diff := cmp.Diff([]archive.Section{{Last: last, Trailer: true}, {Last: last + 2, Trailer: true, Complete: true}}, sections); diff != "" || err != nil {
		t.Errorf("%d records and one more: %v; sections -want +got\n%s", records, err, diff)
	}
}

func TestDamagedLinesAreNumbered(t *testing.T) {
	var b []byte
	b = archive.AppendRecord(b, record(1))
	b = append(b, "garbage\n\n"...)
	b = archive.AppendRecord(b, record(2))
	b = archive.AppendTrailer(b, archive.Trailer{Records: 4, EndedAt: noon})
	r := archive.NewReader(bytes.NewReader(b))
	records, problems := read(t, r)
	var damaged *archive.LineError
	if len(records) != 2 || len(problems) != 1 || !errors.As(problems[0], &damaged) || damaged.Number != 2 || r.Missing() != 1 {
		t.Errorf("got %d records, problems %v, %d missing", len(records), problems, r.Missing())
	}
}

func TestAppendToSomethingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter.txt")
	os.WriteFile(path, []byte("dear sir\nhow are"), 0o600)
	if _, err := archive.Append(disk.OS{}, path); !errors.Is(err, archive.ErrNotArchive) {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "dear sir\nhow are" {
		t.Errorf("the file now holds %q", b)
	}
	note := filepath.Join(t.TempDir(), "note")
	os.WriteFile(note, []byte("my only secret key"), 0o600)
	if _, err := archive.Append(disk.OS{}, note); !errors.Is(err, archive.ErrNotArchive) {
		t.Errorf("a single line without end: got %v", err)
	}
	if b, _ := os.ReadFile(note); string(b) != "my only secret key" {
		t.Errorf("the file now holds %q", b)
	}
	for _, suffix := range suffixes {
		for _, c := range []struct {
			as, text string
			want     error
		}{
			{suffix, "hello\n", archive.ErrNotArchive},
			{".gz.zst", string(archive.AppendRecord(nil, record(1))), nil},
			{"", string(archive.AppendRecord(nil, record(1))), archive.ErrMisnamed},
		} {
			path := filepath.Join(t.TempDir(), "log"+suffix)
			before := compress(t, c.as, []byte(c.text))
			os.WriteFile(path, before, 0o600)
			w, err := archive.Append(disk.OS{}, path)
			want := c.want
			if want == nil && !strings.HasSuffix(c.as, suffix) {
				want = archive.ErrMisnamed
			}
			if !errors.Is(err, want) {
				t.Errorf("log%s with data of %q: got %v, want %v", suffix, c.as, err, want)
			}
			if err == nil {
				w.Close(noon)
			} else if after, _ := os.ReadFile(path); !bytes.Equal(after, before) {
				t.Errorf("log%s holds %q", suffix, after)
			}
		}
	}
}

// compress compresses b as the suffix of a name says.
func compress(t testing.TB, suffix string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch filepath.Ext(suffix) {
	case ".gz":
		w = gzip.NewWriter(&out)
	case ".zst":
		var err error
		if w, err = zstd.NewWriter(&out); err != nil {
			t.Fatal(err)
		}
	default:
		return b
	}
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSections(t *testing.T) {
	for _, name := range names {
		path := filepath.Join(t.TempDir(), name)
		w, err := archive.Create(disk.OS{}, path)
		write(t, w, err, 0, 3) // 3 records, a trailer
		w, err = archive.Append(disk.OS{}, path)
		if err != nil {
			t.Fatal(err)
		}
		w.Add(record(3))
		w.Close(noon) // not acknowledged
		w, err = archive.Append(disk.OS{}, path)
		write(t, w, err, 4, 5)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		sections, lines, err := archive.Scan(f)
		f.Close()
		want := []archive.Section{{Last: 4, Trailer: true, Complete: true}, {Last: 6, Trailer: true}, {Last: 8, Trailer: true, Complete: true}}
		if diff := cmp.Diff(want, sections); diff != "" || lines != 8 || err != nil {
			t.Errorf("%s: %d lines, %v; sections -want +got\n%s", name, lines, err, diff)
		}
	}
}

// A writer that was killed leaves a section without trailer: what is appended says so, and lines that are missing in a
// later section are noticed.
func TestAppendToAnArchiveOfAKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs")
	var b []byte
	for n := range 20 {
		b = archive.AppendRecord(b, record(n))
	}
	os.WriteFile(path, append(b, `{"v":1,"serv`...), 0o600)
	w, err := archive.Append(disk.OS{}, path)
	write(t, w, err, 20, 40)
	whole, _ := os.ReadFile(path)
	sections, _, err := archive.Scan(bytes.NewReader(whole))
	if diff := cmp.Diff([]archive.Section{{Last: 21, Trailer: true}, {Last: 42, Trailer: true, Complete: true}}, sections); diff != "" || err != nil {
		t.Errorf("%v; sections -want +got\n%s", err, diff)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	r := archive.NewReader(bytes.NewReader(bytes.Join(append(lines[:25:25], lines[35:]...), nil)))
	records, problems := read(t, r)
	if len(records) != 30 || len(problems) > 0 || r.Missing() != 10 {
		t.Errorf("%d records, %d missing, problems %v", len(records), r.Missing(), problems)
	}
}

func TestADamagedCompressedArchiveIsNoticedByItsSum(t *testing.T) {
	for _, suffix := range suffixes {
		path := filepath.Join(t.TempDir(), "jobs"+suffix)
		w, err := archive.Create(disk.OS{}, path)
		write(t, w, err, 0, 2000)
		b, _ := os.ReadFile(path)
		copy(b[len(b)/2:], make([]byte, 20))
		if _, _, err := archive.Scan(bytes.NewReader(b)); err == nil || errors.Is(err, archive.ErrTruncated) {
			t.Errorf("%s: got %v", suffix, err)
		}
	}
}

func TestALineOfSomethingElseIsNoCutArchive(t *testing.T) {
	_, problems := read(t, archive.NewReader(bytes.NewReader([]byte("hello"))))
	var damaged *archive.LineError
	if len(problems) != 1 || !errors.As(problems[0], &damaged) {
		t.Errorf("got %v", problems)
	}
}

func TestTheLargestJob(t *testing.T) {
	big := record(1)
	big.Data = make([]byte, 1<<20)
	line := archive.AppendRecord(nil, big)
	for limit, want := range map[int]int{1 << 20: 1, 1 << 19: 0} {
		r := archive.NewReader(bytes.NewReader(line))
		r.MaxJob(limit)
		records, problems := read(t, r)
		if len(records) != want || want == 0 && (len(problems) != 1 || !errors.Is(problems[0], archive.ErrTooLarge)) {
			t.Errorf("limit %d: %d records, %v", limit, len(records), problems)
		}
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestALineWithoutEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("reads two endless lines up to the limit")
	}
	r := archive.NewReader(zeros{})
	if _, err := r.Next(); !errors.Is(err, archive.ErrEndless) {
		t.Errorf("Next: %v", err)
	}
	if _, _, err := archive.Scan(zeros{}); !errors.Is(err, archive.ErrEndless) {
		t.Errorf("Scan: %v", err)
	}
}

func TestTwoWritersOfOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs")
	w, err := archive.Create(disk.OS{}, path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Append(disk.OS{}, path); !errors.Is(err, archive.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	w.Close(noon)
}

func TestAFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	w := archive.NewWriter(full)
	if err := w.Add(record(1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Sync(); err == nil {
		t.Error("Sync on a full disk succeeded")
	}
	if err := w.Add(record(2)); err == nil {
		t.Error("Add after an error succeeded")
	}
	if err := w.Close(noon); err == nil {
		t.Error("Close after an error succeeded")
	}
}

func TestManyGoroutinesShareAWriter(t *testing.T) {
	var b bytes.Buffer
	w := archive.NewWriter(&b)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := range 500 {
				w.Add(record(g*500 + n))
				if n%100 == 0 {
					w.Sync()
				}
			}
		})
	}
	wg.Wait()
	w.Close(noon)
	records, problems := read(t, archive.NewReader(&b))
	seen := map[string]bool{}
	for _, r := range records {
		seen[r.Handle] = true
	}
	if len(seen) != 4000 || len(problems) > 0 {
		t.Errorf("read %d records, problems %v", len(seen), problems)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(archive.AppendRecord(nil, record(1)))
	f.Add(archive.AppendTrailer(nil, archive.Trailer{Records: 1, EndedAt: noon}))
	f.Add([]byte(`{"v":1,"queue":"q","data":""}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, trailer, err := archive.Parse(b)
		if (err == nil) == (r == nil && trailer == nil) {
			t.Fatalf("%q: record %v, trailer %v, error %v", b, r, trailer, err)
		}
		if r == nil {
			return
		}
		again, _, err := archive.Parse(archive.AppendRecord(nil, r))
		if y := r.DrainedAt.UTC().Year(); err != nil && (y < 0 || y > 9999) {
			return // RFC 3339 cannot say it
		}
		if err != nil || !bytes.Equal(again.Data, r.Data) || again.Queue != r.Queue || again.Unique != r.Unique || again.Handle != r.Handle || again.Priority != r.Priority || !again.DrainedAt.Equal(r.DrainedAt) {
			t.Fatalf("%q: read again as %+v, %v", b, again, err)
		}
	})
}

func BenchmarkAppendRecord(b *testing.B) {
	r := record(1)
	r.Data = make([]byte, 200)
	var buf []byte
	b.SetBytes(200)
	for b.Loop() {
		buf = archive.AppendRecord(buf[:0], r)
	}
}

func BenchmarkParse(b *testing.B) {
	r := record(1)
	r.Data = make([]byte, 200)
	line := archive.AppendRecord(nil, r)
	b.SetBytes(200)
	for b.Loop() {
		archive.Parse(line)
	}
}
