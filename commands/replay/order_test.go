package replay_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"gearctl/commands/internal/commandtest"
	"gearctl/wire/disk/disktest"
)

// TestTheOrderOfAReplay is the whole order of writes, syncs, submissions and answers: the checkpoint says that a job is in doubt
// before the job leaves, and that it is done only after the target accepted it; each time another file is written, synced, renamed
// to it, and the directory synced.
func TestTheOrderOfAReplay(t *testing.T) {
	t.Parallel()
	p := &powered{archive: filepath.Join(t.TempDir(), "jobs"), flags: []string{"--rate", "20/s"}}
	writeArchive(t, p.archive, "a", "b", "c")
	synctest.Test(t, func(t *testing.T) {
		p.T = t
		d := disktest.NewSim()
		r, _ := p.run(d, nil, "")
		commandtest.WantRun(t, r, commandtest.ExitOK)
		const save = `create /done.new 0600
write /done.new
chmod /done.new 0600
sync /done.new
close /done.new
rename /done.new /done
sync directory /
`
		want := "create /done.lock 0600\nlock /done.lock\n" +
			save + save + "submit a\naccepted a\n" + // there is a checkpoint; a is in doubt
			save + "submit b\naccepted b\nsubmit c\naccepted c\n" + // a is done, and 50 ms later b
			save + save + "remove /done.lock\nclose /done.lock" // c is done; nothing is in doubt
		if got := d.Log(); !slices.Equal(got, strings.Split(want, "\n")) {
			t.Errorf("the order is\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	})
}
