package archive_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// number returns the number of a record.
func number(r *archive.Record) (n int) {
	fmt.Sscanf(string(r.Data), "payload %d", &n)
	return n
}

// session is the use of an archive by one process: records from..from+3, of which the last is synced by Close. It notes each
// record that is safe, and the end.
func session(d *disktest.Sim, path string, from int, open func(disk.FS, string) (*archive.Writer, error)) error {
	w, err := open(d, path)
	if err != nil {
		return err
	}
	add := func(records ...int) {
		for _, n := range records {
			err = errors.Join(err, w.Add(record(n)))
		}
	}
	safe := func(records ...int) {
		for _, n := range records {
			d.Note(fmt.Sprint("safe ", n))
		}
		w.Acknowledged(int64(len(records)))
	}
	add(from, from+1)
	err = errors.Join(err, w.Sync())
	safe(from, from+1)
	add(from + 2)
	err = errors.Join(err, w.Sync())
	safe(from + 2)
	add(from + 3)
	w.Acknowledged(1)
	err = errors.Join(err, w.Close(noon))
	safe(from + 3)
	d.Note("closed")
	return err
}

// checkArchive checks that all safe records of an archive can be read, in order, and no other that was not added. It returns
// what else the reader reports.
func checkArchive(d *disktest.Sim, path string, notes []string) (problems []error, err error) {
	var safe []int
	for _, note := range notes {
		var n int
		if _, err := fmt.Sscanf(note, "safe %d", &n); err == nil {
			safe = append(safe, n)
		}
	}
	r, err := archive.Open(d, path)
	if errors.Is(err, fs.ErrNotExist) && len(safe) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%d records are safe, and %w", len(safe), err)
	}
	defer r.Close()
	var got []int
	for {
		rec, err := r.Next()
		var damaged *archive.LineError
		switch {
		case err == nil:
			got = append(got, number(rec))
			if want := record(number(rec)); string(archive.AppendRecord(nil, rec)) != string(archive.AppendRecord(nil, want)) {
				return nil, fmt.Errorf("record %d is another than was added", number(rec))
			}
			continue
		case errors.As(err, &damaged):
			problems = append(problems, err)
			continue
		case !errors.Is(err, io.EOF):
			problems = append(problems, err)
		}
		break
	}
	if err := checkKind(d, path, problems); err != nil {
		return nil, err
	}
	if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
		return nil, fmt.Errorf("the records are out of order: %d", got)
	}
	for _, n := range safe {
		if !slices.Contains(got, n) {
			return nil, fmt.Errorf("record %d is safe, and can not be read: %d can, and the reader says %v", n, got, problems)
		}
	}
	if len(notes) > 0 && notes[len(notes)-1] == "closed" && (len(problems) > 0 || r.Trailer() == nil || !r.Trailer().Complete() || r.Missing() > 0) {
		return nil, fmt.Errorf("the archive was closed, and the reader says %v, trailer %+v, %d missing", problems, r.Trailer(), r.Missing())
	}
	return problems, nil
}

// TestACrashLosesNoSafeRecord loses power at every point of writing an archive, and of adding to what is left of it.
func TestACrashLosesNoSafeRecord(t *testing.T) {
	for _, name := range names {
		for _, there := range archives(name) {
			t.Run(name+", "+there, func(t *testing.T) {
				t.Parallel()
				crashSession(t, "/"+name, there)
			})
		}
	}
}

// archives returns what writeArchive may meet.
func archives(name string) []string {
	if archive.CompressedSuffix(name) != "" {
		return []string{"no archive", "an archive"}
	}
	return []string{"no archive", "an archive", "an archive of a killed process"}
}

// writeArchive writes an archive, or adds to one.
func writeArchive(t *testing.T, path, there string) *disktest.Sim {
	d := disktest.NewSim()
	open := archive.Create
	if there != "no archive" {
		if err := session(d, path, 0, archive.Create); err != nil {
			t.Fatal(err)
		}
		open = archive.Append
	}
	if there == "an archive of a killed process" {
		cutFile(t, d, path, 10)
	}
	d.Settle()
	if err := session(d, path, 10, open); err != nil {
		t.Fatal(err)
	}
	return d
}

func crashSession(t *testing.T, path, there string) {
	d := writeArchive(t, path, there)
	refused := 0
	first, second := disktest.Survive(t, d, func(d *disktest.Sim, c disktest.Crash) error {
		if _, err := checkArchive(d, path, c.Notes()); err != nil {
			return err
		}
		again := 10 * (2 + strings.Count(strings.Join(c.Notes(), " "), "again"))
		d.Note("again")
		err := session(d, path, again, archive.Append)
		if archive.CompressedSuffix(path) != "" && errors.Is(err, archive.ErrCannotAppend) {
			refused++
			return nil
		}
		if err != nil {
			return fmt.Errorf("the next start: %w", err)
		}
		problems, err := checkArchive(d, path, slices.Concat(c.Notes(), d.Log()))
		if err == nil && len(problems) > 0 {
			err = fmt.Errorf("after the next start: %w", errors.Join(problems...))
		}
		return err
	})
	t.Logf("%+v, second crash %+v, refused to append %d times", first, second, refused)
}

// cutFile cuts n bytes off the end of a file.
func cutFile(t *testing.T, d *disktest.Sim, path string, n int64) {
	t.Helper()
	b, err := disk.ReadFile(d, path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	d.WriteFile(path, b[:int64(len(b))-n], 0o600)
}

// checkKind checks that an archive that a crash cut short is reported as such, unless there is a hole in it, or half of the
// checksum of compressed data.
func checkKind(d *disktest.Sim, path string, problems []error) error {
	b, err := disk.ReadFile(d, path, 1<<20)
	if err != nil {
		return err
	}
	if hole := make([]byte, 10); bytes.Contains(bytes.TrimRight(b, "\x00"), hole) {
		return nil
	}
	_, _, err = archive.Scan(bytes.NewReader(b))
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, zstd.ErrCRCMismatch) {
		return nil
	}
	last := errors.Join(problems[max(0, len(problems)-1):]...) // zeros may be decompressed to a damaged line or two
	if err != nil && !errors.Is(err, archive.ErrTruncated) || last != nil && !errors.Is(last, archive.ErrTruncated) {
		return fmt.Errorf("the reader says %v, and Scan %v, of an archive that is truncated", problems, err)
	}
	return nil
}

// TestTheOrderOfWritesAndSyncs: a record is safe after a sync that came after its write, and an archive after its name, too.
func TestTheOrderOfWritesAndSyncs(t *testing.T) {
	for _, c := range []struct {
		name, there, want string
	}{
		{"f.jsonl", "no archive", `
			create F 0600 | lock F | sync directory /
			write F | sync F | safe 10 | safe 11
			write F | sync F | safe 12
			write F | sync F | close F | safe 13 | closed`},
		{"f.jsonl.gz", "no archive", `
			create F 0600 | lock F | sync directory /
			write F | sync F | safe 10 | safe 11
			write F | sync F | safe 12
			write F | sync F | write F | sync F | close F | safe 13 | closed`},
		{"f.jsonl", "an archive", `
			lock F | sync directory /
			write F | sync F | safe 10 | safe 11
			write F | sync F | safe 12
			write F | sync F | close F | safe 13 | closed`},
		{"f.jsonl.gz", "an archive", `
			lock F | sync directory /
			write F | sync F | safe 10 | safe 11
			write F | sync F | safe 12
			write F | sync F | write F | sync F | close F | safe 13 | closed`},
		{"f.jsonl.zst", "no archive", `
			create F 0600 | lock F | sync directory /
			write F | sync F | safe 10 | safe 11
			write F | sync F | safe 12
			write F | sync F | write F | sync F | close F | safe 13 | closed`},
		{"f.jsonl.zst", "an archive", `
			lock F | sync directory /
			write F | sync F | safe 10 | safe 11
			write F | sync F | safe 12
			write F | sync F | write F | sync F | close F | safe 13 | closed`},
		{"f.jsonl", "an archive of a killed process", `
			lock F | sync directory / | truncate F | sync F | write F | sync F
			write F | sync F | safe 10 | safe 11
			write F | sync F | safe 12
			write F | sync F | close F | safe 13 | closed`},
	} {
		want := strings.Join(strings.Fields(strings.ReplaceAll(c.want, "F", "/"+c.name)), " ")
		got := strings.Join(writeArchive(t, "/"+c.name, c.there).Log(), " | ")
		if strings.ReplaceAll(got, " |", "") != strings.ReplaceAll(want, " |", "") {
			t.Errorf("%s, %s:\ngot  %s\nwant %s", c.name, c.there, got, want)
		}
	}
}

// TestDamageIsNotTakenForATruncation: only zeros up to the end are what a crash leaves.
func TestDamageIsNotTakenForATruncation(t *testing.T) {
	for _, suffix := range suffixes {
		for _, tail := range []string{"\x00\x00\x00 and something else", "garbage, more than a header"} {
			d := disktest.NewSim()
			if err := session(d, "/f"+suffix, 0, archive.Create); err != nil {
				t.Fatal(err)
			}
			b, err := disk.ReadFile(d, "/f"+suffix, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := archive.Scan(strings.NewReader(string(b) + tail)); err == nil || errors.Is(err, archive.ErrTruncated) {
				t.Errorf("after the data of %s comes %q, and Scan says %v", suffix, tail, err)
			}
		}
	}
}

// TestAHoleDamagesNoSafeRecord: where a sync was still to come, a later write may survive without an earlier one. The records
// before are there, and so are those that are added.
func TestAHoleDamagesNoSafeRecord(t *testing.T) {
	if testing.Short() {
		t.Skip("reads half a megabyte after each crash")
	}
	t.Parallel()
	d := disktest.NewSim()
	w, err := archive.Create(d, "/f")
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(w.Add(record(0)), w.Sync())
	d.Note("safe 0")
	for n := range 2 {
		r := record(n + 1)
		r.Data = append(r.Data, make([]byte, 256<<10)...) // it is written at once
		err = errors.Join(err, w.Add(r))
	}
	if err = errors.Join(err, w.Close(noon)); err != nil {
		t.Fatal(err)
	}
	holes := 0
	for c := range d.Crashes {
		if len(c.Notes()) == 0 {
			continue
		}
		d := c.Restart()
		if err := session(d, "/f", 10, archive.Append); err != nil {
			t.Fatalf("%s: %v", c.What, err)
		}
		r, err := archive.Open(d, "/f")
		if err != nil {
			t.Fatal(err)
		}
		records, problems := read(t, r)
		r.Close()
		if holes += len(problems); len(problems) > 1 || number(records[0]) != 0 || number(records[len(records)-4]) != 10 {
			t.Errorf("%s: the reader says %v", c.What, problems)
		}
	}
	if holes == 0 {
		t.Error("there was no hole")
	}
}
