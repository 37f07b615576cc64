package drain_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/klauspost/compress/zstd"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/pieces"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

const server = "gm1:4730"

// powered is a drain into an archive on a disk that loses power.
type powered struct {
	*testing.T
	path    string // of the archive
	there   string // what there is before: "", "archive", or "killed" for that of a killed drain
	flags   []string
	runs    int // how often the next drain was started
	refused int // of these, how often it refused to append
	pad     int // bytes added to the payload of each job
}

// paths returns the archives that the drains wrote, the first first.
func (p *powered) paths(d *disktest.Sim) (list []string) {
	if !slices.Contains(p.flags, "--rotate") {
		return []string{p.path}
	}
	for n := 1; ; n++ {
		path := pieces.Numbered(p.path, n)
		if _, err := d.Stat(path); err != nil && n > 20 { // a crash may have taken one, and left later ones
			return list
		} else if err == nil {
			list = append(list, path)
		}
	}
}

// fill submits jobs whose keys are their payloads.
func (p *powered) fill(dial servertest.DialFunc, jobs []string) {
	p.Helper()
	c, err := (&wire.Dialer{NetDial: dial}).Dial(p.Context(), server)
	if err != nil {
		p.Fatal(err)
	}
	defer c.Close()
	for _, name := range jobs {
		if _, err := c.Submit(p.Context(), &wire.Submission{Function: "q", Unique: name, Workload: []byte(name + strings.Repeat(" ", p.pad)), Background: true}); err != nil {
			p.Fatal(err)
		}
	}
}

// drain drains jobs into the archive. d records which are acknowledged. left is how many are still on the server.
func (p *powered) drain(d *disktest.Sim, jobs []string, flags ...string) (r commandtest.Run, left int) {
	p.Helper()
	memory, stop := servertest.NewMemory(p, server)
	defer stop()
	p.fill(memory.Dial, jobs)
	argv := append([]string{"-s", server, "drain", "q", "--yes", "--to", p.path}, flags...)
	r = commandtest.GearctlEnv(p.Context(), strings.NewReader(""), func(e *cli.Env) {
		e.Disk, e.NetDial = d, servertest.Tapped(memory.Dial, servertest.NoteJobs(d.Note))
	}, argv...)
	c, err := (&wire.Dialer{NetDial: memory.Dial}).Dial(p.Context(), server)
	if err != nil {
		p.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Take(p.Context(), &wire.Take{Function: "q", Job: func(wire.Job) error { left++; return nil }}); err != nil {
		p.Fatal(err)
	}
	return r, left
}

// archived returns the payloads that can be read from the archives.
func (p *powered) archived(d *disktest.Sim) (names []string) {
	for _, path := range p.paths(d) {
		names = append(names, archivedIn(d, path)...)
	}
	return names
}

func archivedIn(d *disktest.Sim, path string) (names []string) {
	r, err := archive.Open(d, path)
	if err != nil {
		return nil
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		var damaged *archive.LineError
		switch {
		case err == nil:
			names = append(names, strings.TrimSpace(string(rec.Data)))
		case !errors.As(err, &damaged):
			return names
		}
	}
}

// restart checks what a crash left: each job that was acknowledged is in the archive. Then it goes on with the next drain.
func (p *powered) restart(d *disktest.Sim, c disktest.Crash) error {
	there := p.archived(d)
	for _, name := range servertest.Noted(c.Notes(), "ack") {
		if !slices.Contains(there, name) {
			return fmt.Errorf("job %s is off the server, and in the archive are %s", name, there)
		}
	}
	if strings.Contains(c.What, "; then ") {
		return nil // that was the second crash
	}
	p.runs++
	return p.next(d, there)
}

// next reads the archive with replay, and adds to it with the next drain, where it can.
func (p *powered) next(d *disktest.Sim, there []string) error {
	if err := p.replay(d, len(there)); err != nil {
		return err
	}
	more, flags := []string{"x", "y"}, []string{"--append"}
	if p.pad > 0 {
		flags = p.flags
	}
	r, left := p.drain(d, more, flags...)
	if archive.CompressedSuffix(p.path) != "" && r.Code == commandtest.ExitFailed && left == len(more) &&
		strings.Contains(r.Stderr, "truncated or damaged, so appended records could not be read\nhint: drain to another file: ") {
		p.refused++
		return nil
	}
	want := slices.Concat(there, more)
	if got := p.archived(d); r.Code != commandtest.ExitOK || left > 0 || !slices.Equal(got, want) {
		return fmt.Errorf("the next drain ends with %d, %d jobs are left, and the archive has %s, want %s\n%s", r.Code, left, got, want, r.Stderr)
	}
	return nil
}

// replay checks that replay --dry-run finds the records of the archive. Where the crash left half of the checksum of compressed
// data, it says how to read them.
func (p *powered) replay(d *disktest.Sim, records int) error {
	dir, argv := p.TempDir(), []string{"-s", server, "replay", "--dry-run", "-o", "template={{.would_submit}}"}
	for _, name := range p.paths(d) {
		b, err := disk.ReadFile(d, name, 1<<20)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the crash took it
		}
		path := filepath.Join(dir, filepath.Base(name))
		if err == nil {
			err = os.WriteFile(path, b, 0o600)
		}
		if err != nil {
			return err
		}
		argv = append(argv, path)
	}
	if len(argv) == 6 {
		return nil
	}
	r := commandtest.Gearctl(p, "", argv...)
	for _, sum := range []error{gzip.ErrChecksum, fmt.Errorf("zstd: %w", zstd.ErrCRCMismatch)} {
		if strings.Contains(r.Stderr, fmt.Sprintf("damaged: %v: nothing was replayed\nhint: see what is still readable: gearctl archive cat -o archive %s", sum, dir)) {
			return nil
		}
	}
	var n int
	fmt.Sscan(r.Stdout, &n)
	if n != records || r.Code != commandtest.ExitOK && r.Code != commandtest.ExitPartial && records > 0 {
		return fmt.Errorf("the archive has %d records, and replay --dry-run ends with %d\n%s%s", records, r.Code, r.Stdout, r.Stderr)
	}
	return nil
}

// first drains once, without a crash.
func (p *powered) first() *disktest.Sim {
	p.Helper()
	d := disktest.NewSim()
	before := []string{}
	if p.there != "" {
		before = []string{"before"}
		r, _ := p.drain(d, before)
		commandtest.WantRun(p, r, commandtest.ExitOK)
		if p.there == "killed" {
			p.kill(d)
		}
		p.flags = append(p.flags, "--append")
	} else {
		d.WriteFile("/other", nil, 0o600)
	}
	d.Settle()
	jobs := []string{"a", "b", "c", "d"}
	r, left := p.drain(d, jobs, p.flags...)
	commandtest.WantRun(p, r, commandtest.ExitOK)
	acked := slices.Sorted(slices.Values(servertest.Noted(d.Log(), "ack")))
	if got := p.archived(d); left > 0 || !slices.Equal(got, slices.Concat(before, jobs)) || !slices.Equal(acked, jobs) {
		p.Fatalf("%d jobs are left, %s were acknowledged, and the archive has %s", left, acked, got)
	}
	return d
}

// kill cuts the archive off after its first record, before the newline.
func (p *powered) kill(d *disktest.Sim) {
	f, err := d.Open(p.path, os.O_RDWR, 0)
	if err != nil {
		p.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err == nil {
		err = f.Truncate(int64(strings.Index(string(b), "\n")))
	}
	if err != nil {
		p.Fatal(err)
	}
}

// TestNoLossOfPowerLosesADrainedJob lets the power fail at every point of drain --to, and of the next drain --append: each
// job is in the archive, or its acknowledgement has not left. The next drain works or says why it cannot append, and
// replay reads what there is.
func TestNoLossOfPowerLosesADrainedJob(t *testing.T) {
	t.Parallel()
	for n, p := range []*powered{
		{path: "/jobs.jsonl"},
		{path: "/jobs.jsonl", flags: []string{"--max", "4", "--window", "2"}},
		{path: "/jobs.jsonl.gz"},
		{path: "/jobs.jsonl", there: "archive"},
		{path: "/jobs.jsonl", there: "killed"},
		{path: "/jobs.jsonl.gz", there: "archive"},
		{path: "/jobs.jsonl", flags: []string{"--rotate", "1K"}, pad: 150},
		{path: "/jobs.jsonl", flags: []string{"--rotate", "1K", "--max", "4", "--window", "2"}, pad: 150},
		{path: "/jobs.jsonl.gz", flags: []string{"--rotate", "1K", "--max", "4", "--window", "2"}, pad: 300},
		{path: "/jobs.jsonl.zst"},
		{path: "/jobs.jsonl.zst", flags: []string{"--max", "4", "--window", "2"}},
		{path: "/jobs.jsonl.zst", there: "archive"},
		{path: "/jobs.jsonl.zst", flags: []string{"--rotate", "1K", "--max", "4", "--window", "2"}, pad: 300},
	} {
		if testing.Short() && n%5 > 0 {
			continue
		}
		t.Run(strings.Join(append([]string{p.path, p.there}, p.flags...), " "), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p.T = t
				first, second := disktest.Survive(t, p.first(), p.restart)
				t.Logf("%+v, second crash %+v; the next drain was started %d times, and refused %d times", first, second, p.runs, p.refused)
			})
		})
	}
}

// TestAJobIsAcknowledgedWhenItIsOnDisk: the order of what drain --to does on the disk and on the connection.
func TestAJobIsAcknowledgedWhenItIsOnDisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p    powered
		want string
	}{
		{powered{path: "/f"}, `
			create /f 0600 | lock /f | sync directory /
			write /f | sync /f | ack d | ack c | ack b | ack a
			write /f | sync /f | close /f`},
		{powered{path: "/f", flags: []string{"--max", "4", "--window", "2"}}, `
			create /f 0600 | lock /f | sync directory /
			write /f | sync /f | ack b | ack a
			write /f | sync /f | ack d | ack c
			write /f | sync /f | close /f`},
		{powered{path: "/f.gz"}, `
			create /f.gz 0600 | lock /f.gz | sync directory /
			write /f.gz | sync /f.gz | ack d | ack c | ack b | ack a
			write /f.gz | sync /f.gz | write /f.gz | sync /f.gz | close /f.gz`},
		{powered{path: "/f.zst"}, `
			create /f.zst 0600 | lock /f.zst | sync directory /
			write /f.zst | sync /f.zst | ack d | ack c | ack b | ack a
			write /f.zst | sync /f.zst | write /f.zst | sync /f.zst | close /f.zst`},
		{powered{path: "/f.zst", flags: []string{"--max", "4", "--window", "2"}}, `
			create /f.zst 0600 | lock /f.zst | sync directory /
			write /f.zst | sync /f.zst | ack b | ack a
			write /f.zst | sync /f.zst | ack d | ack c
			write /f.zst | sync /f.zst | write /f.zst | sync /f.zst | close /f.zst`},
		{powered{path: "/f", flags: []string{"--rotate", "1K"}, pad: 150}, `
			create /f 0600 | lock /f | sync directory /
			write /f | write /f | sync /f | close /f
			create /f-2 0600 | lock /f-2 | sync directory /
			write /f-2 | sync /f-2 | ack d | ack c | ack b | ack a
			write /f-2 | sync /f-2 | close /f-2`},
		{powered{path: "/f", flags: []string{"--rotate", "1K", "--max", "4", "--window", "2"}, pad: 150}, `
			create /f 0600 | lock /f | sync directory /
			write /f | sync /f | ack b | ack a
			write /f | sync /f | close /f
			create /f-2 0600 | lock /f-2 | sync directory /
			write /f-2 | sync /f-2 | ack d | ack c
			write /f-2 | sync /f-2 | close /f-2`},
		{powered{path: "/f", there: "killed"}, `
			lock /f | sync directory /
			write /f | sync /f
			write /f | sync /f | ack d | ack c | ack b | ack a
			write /f | sync /f | close /f`},
		{powered{path: "/f.gz", there: "archive"}, `
			lock /f.gz | sync directory /
			write /f.gz | sync /f.gz | ack d | ack c | ack b | ack a
			write /f.gz | sync /f.gz | write /f.gz | sync /f.gz | close /f.gz`},
		{powered{path: "/f.zst", there: "archive"}, `
			lock /f.zst | sync directory /
			write /f.zst | sync /f.zst | ack d | ack c | ack b | ack a
			write /f.zst | sync /f.zst | write /f.zst | sync /f.zst | close /f.zst`},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := c.p
			p.T = t
			got := strings.Join(p.first().Log(), " | ")
			want := strings.Join(strings.FieldsFunc(strings.ReplaceAll(c.want, "\t", ""), func(r rune) bool { return r == '\n' }), " | ")
			if got != want {
				t.Errorf("%s %s %s:\ngot  %s\nwant %s", p.path, p.there, p.flags, got, want)
			}
		})
	}
}
