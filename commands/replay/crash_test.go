package replay_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/disk/disktest"
)

const target = "gm2:4730"

// powered is a replay of an archive whose checkpoint is on a disk that loses power.
type powered struct {
	*testing.T
	archive string
	jobs    []string
	flags   []string
	refused string // a job that the target refuses before the first crash
	code    int    // of the replay that it ends
	repeats int    // how many accepted jobs a crash may repeat
}

// run replays to a server at which jobs wait, and returns the outcome and what waits then. d records what becomes of the jobs.
func (p *powered) run(d *disktest.Sim, waiting []string, refused string) (r commandtest.Run, after []string) {
	p.Helper()
	memory, stop := servertest.NewMemory(p, target)
	defer stop()
	c, err := (&wire.Dialer{NetDial: memory.Dial}).Dial(p.Context(), target)
	if err != nil {
		p.Fatal(err)
	}
	defer c.Close()
	for _, name := range waiting {
		if _, err := c.Submit(p.Context(), &wire.Submission{Function: "q", Unique: name, Workload: []byte(name), Background: true}); err != nil {
			p.Fatal(err)
		}
	}
	refuse := servertest.RefuseJobs(func(key string) bool { return key == refused })
	argv := append([]string{"-s", target, "replay", p.archive, "--checkpoint", "/done", "-o", "template={{.submitted}}"}, p.flags...)
	r = commandtest.GearctlEnv(p.Context(), strings.NewReader(""), func(e *cli.Env) {
		e.Disk, e.NetDial = d, servertest.Tapped(servertest.Tapped(memory.Dial, refuse), servertest.NoteJobs(d.Note))
	}, argv...)
	if _, err := c.Take(p.Context(), &wire.Take{Function: "q", Job: func(j wire.Job) error {
		after = append(after, string(j.Workload))
		return nil
	}}); err != nil {
		p.Fatal(err)
	}
	slices.Sort(after)
	return r, after
}

// restart replays once more after a crash.
func (p *powered) restart(d *disktest.Sim, c disktest.Crash) error {
	if err := p.restartElsewhere(c); err != nil {
		return err
	}
	// What left before the crash arrived, and waits: the target has each job once, and the outcome says what was found.
	waiting := servertest.Noted(c.Notes(), "submit")
	if p.refused != "" && !slices.Contains(servertest.Noted(c.Notes(), "accepted"), p.refused) {
		waiting = slices.DeleteFunc(waiting, func(name string) bool { return name == p.refused })
	}
	r, after := p.run(d, waiting, "")
	switch {
	case r.Code != commandtest.ExitOK:
		return fmt.Errorf("the next replay ends with %d: %s", r.Code, r.Stderr)
	case !slices.Equal(after, p.jobs):
		return fmt.Errorf("of %s the target has %s", p.jobs, after)
	}
	var added, done, again int
	fmt.Sscan(r.Stdout, &added)
	for line := range strings.Lines(r.Stderr) {
		if strings.Contains(line, "already replayed") {
			fmt.Sscan(line, &done)
		}
		if strings.Contains(line, "already waiting, submitted by the killed replay") {
			fmt.Sscan(line, &again)
		}
	}
	if added != len(p.jobs)-len(waiting) || done+again != len(waiting) {
		return fmt.Errorf("%s were waiting, and the next replay says %d new, %d waiting, %d done: %s", waiting, added, again, done, r.Stderr)
	}
	return nil
}

// restartElsewhere is a restart after which the target has only what it is given then: jobs that were not answered did not
// arrive, and those that were are done.
func (p *powered) restartElsewhere(c disktest.Crash) error {
	accepted := servertest.Noted(c.Notes(), "accepted")
	r, after := p.run(c.Restart(), nil, "")
	if r.Code != commandtest.ExitOK {
		return fmt.Errorf("the next replay ends with %d: %s", r.Code, r.Stderr)
	}
	var twice []string
	for _, name := range p.jobs {
		switch before, now := slices.Contains(accepted, name), slices.Contains(after, name); {
		case !before && !now:
			return fmt.Errorf("job %s never arrived: %s", name, r.Stderr)
		case before && now:
			twice = append(twice, name)
		}
	}
	if len(twice) > p.repeats {
		return fmt.Errorf("%s were accepted long before the crash, and are submitted again", twice)
	}
	return nil
}

// TestNoLossOfPowerLosesAReplayedJob lets the power fail at every point of a replay with a checkpoint, and with the tag soak again
// at every point of the next one: no job is lost, none is submitted twice while its first copy waits, at most those of the last
// 100 ms where that is done, and the next replay says what it found.
func TestNoLossOfPowerLosesAReplayedJob(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*powered{
		"fast":    {repeats: 6},
		"slow":    {flags: []string{"--rate", "20/s"}, repeats: 2},
		"refused": {flags: []string{"--window", "2"}, refused: "c", code: commandtest.ExitPartial, repeats: 6},
	} {
		t.Run(name, func(t *testing.T) {
			p.archive, p.jobs = filepath.Join(t.TempDir(), "jobs"), []string{"a", "b", "c", "d", "e", "f"}
			writeArchive(t, p.archive, p.jobs...)
			synctest.Test(t, func(t *testing.T) {
				p.T = t
				d := disktest.NewSim()
				r, _ := p.run(d, nil, p.refused)
				commandtest.WantRun(t, r, p.code)
				commandtest.SurviveCrashes(t, d, p.restart)
			})
		})
	}
}
