package proxy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
	"gearctl/wire/modgearman"
	"gearctl/wire/spool"
)

const (
	source, target = "gm1:4730", "gm2:4730"
	spoolDir       = "/spool"
	bad            = "x" // a job that cannot be decoded
)

// powered is a proxy whose spool is on a disk that loses power. Its clock is that of a synctest bubble.
type powered struct {
	*testing.T
	flags []string // further ones
	on    disk.FS  // instead of the disk that loses power
	tap   func(server string) servertest.Tap
	start time.Time
	mu    sync.Mutex
	times map[string]time.Duration // of notes, since start
}

func newPowered(t *testing.T) *powered {
	return &powered{T: t, times: map[string]time.Duration{}, start: time.Now()}
}

// payload is what a job carries: two of them fill a file of the spool, the last ones stay in one.
func payload(key string) []byte {
	if key == bad {
		return []byte("no job of Mod-Gearman")
	}
	size := 25_000
	if key >= "g" {
		size = 10
	}
	text := "type=service\nresult_queue=check_results\nhost_name=h\nservice_description=" + key + "\ncommand_line=" + strings.Repeat("x", size) + "\n\n\n"
	b, err := modgearman.Encode([]byte(text), modgearman.Key{})
	if err != nil {
		panic(err)
	}
	return b
}

// lab is a proxy that runs between two servers.
type lab struct {
	*powered
	memory servertest.Memory
	conns  map[string]*wire.Conn
	stop   func()
	end    chan commandtest.Run
	ends   func(error)
}

// begin starts two servers at which jobs wait, and a proxy between them. d records what becomes of the jobs.
func (p *powered) begin(d *disktest.Sim, atSource, atTarget []string, refuse func(string) bool) *lab {
	p.Helper()
	l := &lab{powered: p, conns: map[string]*wire.Conn{}, end: make(chan commandtest.Run, 1)}
	l.memory, l.stop = servertest.NewMemory(p, source, target)
	for _, addr := range []string{source, target} {
		c, err := (&wire.Dialer{NetDial: l.memory.Dial}).Dial(p.Context(), addr)
		if err != nil {
			p.Fatal(err)
		}
		l.conns[addr] = c
	}
	l.submit(source, atSource...)
	l.submit(target, atTarget...)
	note := func(text string) { p.note(d, text) }
	dial := servertest.Tapped(l.memory.Dial, servertest.RefuseJobs(refuse))
	if p.tap != nil {
		dial = servertest.Tapped(dial, p.tap)
	}
	dial = servertest.Tapped(dial, servertest.NoteJobs(note))
	ctx, cancel := context.WithCancelCause(context.Background())
	l.ends = cancel
	go func() {
		argv := append([]string{"proxy", "--route", source + "/q=" + target + "/q", "--spool", spoolDir, "--result-queue", "dmz"}, p.flags...)
		l.end <- commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) {
			if e.Disk, e.NetDial = p.on, dial; p.on == nil {
				e.Disk = d
			}
		}, argv...)
	}()
	return l
}

// note notes an event on d, and when it came first.
func (p *powered) note(d *disktest.Sim, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.times[text]; !known {
		p.times[text] = time.Since(p.start)
	}
	d.Note(text)
}

func (l *lab) submit(addr string, keys ...string) {
	l.Helper()
	for _, key := range keys {
		if _, err := l.conns[addr].Submit(l.Context(), &wire.Submission{Function: "q", Unique: key, Workload: payload(key), Background: true}); err != nil {
			l.Fatal(err)
		}
	}
}

// finish stops the proxy when it had time enough for everything, and returns what waits at the servers then, by unique keys.
func (l *lab) finish() (r commandtest.Run, atSource, atTarget []string) {
	l.Helper()
	time.Sleep(5 * time.Second)
	l.ends(commandtest.Interrupted)
	r = <-l.end
	left := map[string][]string{}
	for addr, c := range l.conns {
		if _, err := c.Take(l.Context(), &wire.Take{Function: "q", Job: func(j wire.Job) error {
			left[addr] = append(left[addr], string(j.Unique))
			return nil
		}}); err != nil {
			l.Fatal(err)
		}
		c.Close()
	}
	l.stop()
	return r, left[source], left[target]
}

// spooled returns the unique keys of the jobs that wait in a spool, and of those that were rejected.
func spooled(d *disktest.Sim) (waiting, rejected []string, err error) {
	list, err := d.ReadDir(spoolDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	dir, err := spool.Open(d, spoolDir, 0)
	if err != nil {
		return nil, nil, err
	}
	defer dir.Close()
	for _, e := range list {
		if !e.IsDir() {
			continue
		}
		q, err := dir.Queue(e.Name(), "a test")
		if err != nil {
			return nil, nil, err
		}
		for {
			records, err := q.Next()
			if err != nil {
				return nil, nil, err
			}
			if len(records) == 0 {
				break
			}
			for _, r := range records {
				waiting = append(waiting, r.Unique)
			}
		}
		if rejected, err = inArchive(d, q.RejectedPath()); err != nil {
			return nil, nil, err
		}
	}
	return waiting, rejected, nil
}

// inArchive returns the unique keys of an archive that may be missing or cut short.
func inArchive(d *disktest.Sim, path string) (keys []string, err error) {
	r, err := archive.Open(d, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, archive.ErrTruncated) {
			return keys, nil
		}
		if errors.As(err, new(*archive.LineError)) {
			continue
		}
		if err != nil {
			return keys, err
		}
		keys = append(keys, rec.Unique)
	}
}

func without(keys []string, gone ...[]string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		return slices.ContainsFunc(gone, func(list []string) bool { return slices.Contains(list, key) })
	})
}

var allJobs = []string{"a", "b", bad, "c", "d", "e", "f", "g", "h", "i"}

// refused is the job that the target refuses twice.
const refused = "b"

// restart is what a proxy finds after a crash, and makes of it.
func (p *powered) restart(d *disktest.Sim, c disktest.Crash) error {
	left, acked := servertest.Noted(c.Notes(), "submit"), servertest.Noted(c.Notes(), "ack")
	accepted := servertest.Noted(c.Notes(), "accepted")
	waiting, rejected, err := spooled(c.Restart())
	if err != nil {
		return fmt.Errorf("the spool cannot be read: %w", err)
	}
	if lost := without(acked, accepted, waiting, rejected); len(lost) > 0 {
		return fmt.Errorf("acknowledged, and neither accepted by the target nor in the spool: %s", lost)
	}
	for _, key := range waiting {
		if slices.Contains(accepted, key) && p.mayNotRepeat(key, c.Notes()) {
			return fmt.Errorf("%s was accepted long before the crash, and is to be submitted again", key)
		}
	}
	// What left before the crash arrived, and waits.
	if !slices.Contains(accepted, refused) {
		left = without(left, []string{refused})
	}
	r, atSource, atTarget := p.begin(d, without(allJobs, acked), left, func(string) bool { return false }).finish()
	slices.Sort(atTarget)
	_, rejected, err = spooled(d)
	found := 0 // a line that was cut short counts as a job until it is read
	if before, _, ok := strings.Cut(r.Stderr, " left in the spool from an earlier run"); ok {
		fmt.Sscan(before[strings.LastIndex(before, ": ")+2:], &found)
	}
	switch {
	case err != nil:
		return err
	case r.Code != commandtest.ExitOK:
		return fmt.Errorf("the next proxy ends with %d: %s", r.Code, r.Stderr)
	case len(atSource) > 0:
		return fmt.Errorf("left at the source: %s: %s", atSource, r.Stderr)
	case !slices.Equal(atTarget, without(allJobs, []string{bad})):
		return fmt.Errorf("the target has %s: %s", atTarget, r.Stderr)
	case !slices.Contains(rejected, bad):
		return fmt.Errorf("job %s is in no archive: %s", bad, r.Stderr)
	case found != len(waiting) && found != len(waiting)+1:
		return fmt.Errorf("%s were in the spool, and the next proxy says %s", waiting, r.Stderr)
	}
	return nil
}

// mayNotRepeat reports whether an accepted job must not be submitted again: its progress, and that of all jobs before it, could be
// saved 200 ms before the crash.
func (p *powered) mayNotRepeat(key string, notes []string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := p.times["accepted "+key]
	if slices.Contains(notes, "refused "+refused) {
		if !slices.Contains(notes, "accepted "+refused) {
			return false
		}
		since = max(since, p.times["accepted "+refused])
	}
	return p.times[notes[len(notes)-1]]-since > 200*time.Millisecond
}

// TestNoLossOfPowerLosesAProxiedJob lets the power fail at every point of a proxy that puts jobs in its spool, submits them, saves its
// progress, changes files, rejects a job and has one refused: no job is lost, none is submitted twice while its first copy waits, at
// most those of the last 200 ms, and after one that is refused, where it does not, and the next proxy says what it found.
func TestNoLossOfPowerLosesAProxiedJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, d := newPowered(t), disktest.NewSim()
		p.flags = []string{"--spool-max", "1MiB"} // files of 64 KiB
		refusals := 0
		l := p.begin(d, allJobs[:4], nil, func(key string) bool {
			if key == refused {
				refusals++
			}
			return key == refused && refusals < 3
		})
		for _, key := range allJobs[4:] {
			time.Sleep(150 * time.Millisecond)
			l.submit(source, key)
		}
		time.Sleep(time.Second)
		p.note(d, "idle for a second")
		r, _, _ := l.finish()
		commandtest.WantRun(t, r, commandtest.ExitOK, "9 jobs carried; 1 rejected")
		commandtest.SurviveCrashes(t, d, p.restart)
	})
}
