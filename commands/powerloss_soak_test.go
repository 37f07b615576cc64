//go:build soak && linux

package commands_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/disk"
	"gearctl/wire/spool"
)

const (
	powerCuts = 8    // in a series
	powerJobs = 2000 // for each run of the command
	// maxRepeated is how many jobs a replay may submit again after a crash: those accepted since the checkpoint was
	// saved, and those without an answer.
	maxRepeated = 1000 + wire.DefaultWindow
	// idleTime is how long a proxy sends nothing once it has forwarded every job.
	idleTime = time.Second
)

// TestSoakPowerLoss cuts the power of a computer during drain --to, proxy and replay --checkpoint, at random moments and on
// several file systems; the job servers stay up. No job is lost: those that the server no longer has are in the archive, in
// the spool or at the target. A replay repeats no more than its checkpoint allows. The next run continues.
// GEARCTL_SEED repeats the moments of an earlier test.
func TestSoakPowerLoss(t *testing.T) {
	seed := rand.Uint64()
	if s, err := strconv.ParseUint(os.Getenv("GEARCTL_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("GEARCTL_SEED=%d", seed)
	for _, fsType := range []string{"ext4", "xfs", "btrfs", "ext2"} {
		for _, series := range []struct {
			name string
			run  func(*powerSeries)
		}{
			{"drain", func(s *powerSeries) { s.drain(".jsonl") }},
			{"gzip", func(s *powerSeries) { s.drain(".jsonl.gz") }},
			{"zstd", func(s *powerSeries) { s.drain(".jsonl.zst") }},
			{"window", func(s *powerSeries) { s.drain(".jsonl", "--max", strconv.Itoa(powerJobs)) }},
			{"append", func(s *powerSeries) { s.drain(".jsonl", "--append") }},
			{"proxy", (*powerSeries).proxy},
			{"replay", (*powerSeries).replay},
		} {
			t.Run(fsType+"/"+series.name, func(t *testing.T) {
				t.Parallel()
				series.run(&powerSeries{T: t, m: newMachine(t, fsType), random: rand.New(rand.NewPCG(seed, 0))})
			})
		}
	}
}

// powerSeries is a machine on which gearctl runs again and again. Jobs are numbered.
type powerSeries struct {
	*testing.T
	m      *machine
	random *rand.Rand
	jobs   int // submitted so far
	whole  int // segments that gearctl sends in a run without a power cut
	runs   int
	what   string // the last run, for failures
}

// run runs gearctl until the power is cut: in the first run at its end, then at a random moment.
func (s *powerSeries) run(idle time.Duration, servers []string, argv ...string) powerCut {
	s.Helper()
	o := outage{quiet: idle}
	if s.whole > 0 {
		o.after = 1 + s.random.IntN(s.whole+s.whole/10) // now and then at its end
	}
	eager := s.whole > 0 && s.random.IntN(2) == 0 // the first run must not owe anything to it
	got := s.m.run(o, eager, servers, append([]string{commandtest.Binary(s)}, argv...)...)
	if s.whole == 0 {
		s.whole = got.sent
	}
	s.runs++
	s.what = fmt.Sprintf("%s, run %d (unsynced data written soon: %t), power cut after %d of %d segments", s.Name(), s.runs, eager, got.sent, s.whole)
	if got.ended && got.code != commandtest.ExitOK {
		s.Errorf("%s: exit code %d\n%s", s.what, got.code, got.output)
	}
	return got
}

// found boots the machine once more and returns a directory with what was on its disk.
func (s *powerSeries) found() string {
	s.Helper()
	return s.m.run(outage{}, false, nil).copy
}

// submit submits more jobs.
func (s *powerSeries) submit(addr string) {
	s.Helper()
	numbers := strings.SplitAfter(servertest.Numbers(s.jobs+powerJobs), "\n")[s.jobs:]
	s.jobs += powerJobs
	if r := commandtest.Gearctl(s.T, strings.Join(numbers, ""), "-s", addr, "submit", "-b", "-l", "q"); r.Code != commandtest.ExitOK {
		s.Fatal(r.Stderr)
	}
}

// empty empties the queue of a server, once the server has noticed that nobody runs its jobs, and counts the jobs in seen.
func (s *powerSeries) empty(addr string, seen map[string]int) (n int) {
	s.Helper()
	servertest.Until(s.T, "the server requeued the jobs", func() bool { return servertest.Queue(s.T, addr, "q").Running == 0 })
	for number, count := range commandtest.InQueue(s.T, addr, "q") {
		seen[number] += count
		n += count
	}
	return n
}

// drain drains into archives, after each power cut into a new one unless flags say --append.
func (s *powerSeries) drain(suffix string, flags ...string) {
	addr := servertest.Embedded(s.T)
	back := map[string]int{}
	inBoth := 0
	var complete []string // archives of drains that ended
	for round := range powerCuts {
		name := fmt.Sprintf("%02d%s", round, suffix)
		if slices.Contains(flags, "--append") {
			name = "all" + suffix
		}
		submitted, what := s.jobs, s.what
		s.submit(addr)
		got := s.run(0, []string{addr}, append([]string{"-s", addr, "drain", "q", "--yes", "--to", filepath.Join(s.m.disk, name)}, flags...)...)
		s.checkArchives(got.copy, what, submitted, back, complete)
		if got.ended && !slices.Contains(flags, "--append") {
			complete = append(complete, name)
		}
		if left := s.empty(addr, back); left > 0 && left < powerJobs {
			inBoth++
		}
	}
	s.checkArchives(s.found(), s.what, s.jobs, back, complete)
	s.Logf("%d runs, %d of which were cut while jobs were acknowledged", s.runs, inBoth)
}

// checkArchives checks that every job is in an archive of dir or was taken back, and that the archives can be replayed.
// Those in complete must have their trailer.
func (s *powerSeries) checkArchives(dir, what string, jobs int, back map[string]int, complete []string) {
	s.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl*"))
	if err != nil {
		s.Fatal(err)
	}
	archived := map[string]int{}
	for _, path := range files {
		for number := range servertest.Archived(s.T, path) {
			archived[number] = 1
		}
	}
	servertest.CheckAll(s.T, what, jobs, false, archived, back)
	if len(archived) == 0 {
		return
	}
	target := servertest.Embedded(s.T)
	r := commandtest.Gearctl(s.T, "", append([]string{"-s", target, "replay"}, files...)...)
	if r.Code != commandtest.ExitOK {
		s.Errorf("%s: replay of the archives: exit code %d: %s", what, r.Code, r.Stderr)
	}
	for _, name := range complete {
		if path := filepath.Join(dir, name); strings.Contains(r.Stderr, path+": ") {
			s.Errorf("%s: the drain to %s had ended with exit code 0, and a replay says %s", what, name, r.Stderr)
		}
	}
	if arrived := commandtest.InQueue(s.T, target, "q"); !maps.Equal(arrived, archived) {
		s.Errorf("%s: %d jobs are in the archives, and a replay submitted %d", what, len(archived), len(arrived))
	}
}

// proxy forwards jobs through one spool.
func (s *powerSeries) proxy() {
	from, to := servertest.Embedded(s.T), servertest.Embedded(s.T)
	back, arrived := map[string]int{}, map[string]int{}
	withSpool, twice := 0, 0
	delivered := false // everything, when the power was cut
	for range powerCuts {
		submitted, what := s.jobs, s.what
		s.submit(from)
		got := s.run(idleTime, []string{from, to}, "proxy", "--route", from+"/q="+to+"/q", "--spool", filepath.Join(s.m.disk, "spool"))
		spooled := s.spooled(got.copy)
		servertest.CheckAll(s.T, what, submitted, false, back, arrived, spooled)
		if n := len(spooled); n > 0 {
			withSpool++
			if !strings.Contains(got.output, "left in the spool from an earlier run") {
				s.Errorf("%s: %d jobs were in the spool, and the next run says %s", what, n, got.output)
			}
		}
		before := len(arrived)
		again := s.empty(to, arrived) - (len(arrived) - before)
		if twice += again; again > 0 && delivered {
			s.Errorf("%s: every job was delivered a second before, and the next run delivers %d again", what, again)
		}
		delivered = s.empty(from, back) == 0 && got.idle
	}
	servertest.CheckAll(s.T, s.what, s.jobs, false, back, arrived, s.spooled(s.found()))
	s.Logf("%d runs, %d of which left jobs in the spool; %d jobs arrived, and %d again", s.runs, withSpool, len(arrived), twice)
}

// spooled returns the jobs that a proxy would find in a copy of its spool.
func (s *powerSeries) spooled(dir string) map[string]int {
	s.Helper()
	seen := map[string]int{}
	path := filepath.Join(dir, "spool")
	if _, err := os.Stat(path); err != nil {
		return seen
	}
	d, err := spool.Open(disk.OS{}, path, 0)
	if err != nil {
		s.Fatal(err)
	}
	defer d.Close()
	left, err := d.Leftovers()
	if err != nil {
		s.Fatal(err)
	}
	for _, l := range left {
		q, err := d.Queue(l.Name, strings.TrimSpace(l.About))
		if err != nil {
			s.Fatal(err)
		}
		for {
			list, err := q.Next()
			if err != nil {
				s.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, r := range list {
				seen[string(r.Data)]++
			}
		}
	}
	return seen
}

// replay replays an archive again and again until a run ends, then once more, and starts over with another checkpoint.
func (s *powerSeries) replay() {
	from, to := servertest.Embedded(s.T), servertest.Embedded(s.T)
	path := filepath.Join(s.TempDir(), "jobs.jsonl")
	for range 4 {
		s.submit(from)
	}
	if r := commandtest.Gearctl(s.T, "", "-s", from, "drain", "q", "--yes", "--to", path); r.Code != commandtest.ExitOK {
		s.Fatal(r.Stderr)
	}
	repeated := 0
	for s.runs < powerCuts {
		arrived := map[string]int{}
		argv := []string{"-s", to, "replay", "--checkpoint", filepath.Join(s.m.disk, fmt.Sprint("checkpoint", s.runs)), path}
		for done := false; !done; {
			if s.runs > 3*powerCuts {
				s.Fatalf("%s: none of the last runs replayed the archive to its end", s.what)
			}
			before := len(arrived)
			got := s.run(0, []string{to}, argv...)
			again := s.empty(to, arrived) - (len(arrived) - before)
			if repeated += again; again > maxRepeated {
				s.Errorf("%s: a replay submitted %d jobs again, of %d submitted before", s.what, again, before)
			}
			done = got.ended
		}
		servertest.CheckAll(s.T, s.what, s.jobs, false, arrived)
		got := s.m.run(outage{}, false, []string{to}, append([]string{commandtest.Binary(s)}, argv...)...)
		if again := s.empty(to, arrived); again > 0 || got.code != commandtest.ExitOK {
			s.Errorf("%s: after a replay that ended with exit code 0, another submits %d jobs, exit code %d\n%s", s.what, again, got.code, got.output)
		}
	}
	s.Logf("%d runs, which submitted %d jobs again", s.runs, repeated)
}
