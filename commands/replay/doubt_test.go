package replay_test

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/disk"
)

// doubtful is a replay that was killed when it had submitted the jobs of archives, and saved that none of them is done.
type doubtful struct {
	*testing.T
	addr, dir, done string
}

func newDoubtful(t *testing.T, archives ...string) *doubtful {
	d := &doubtful{T: t, addr: servertest.Embedded(t), dir: t.TempDir()}
	d.done = filepath.Join(d.dir, "done")
	if len(archives) == 0 {
		return d
	}
	for _, name := range archives {
		writeArchive(t, d.path(name), name+"1", name+"2", name+"3")
	}
	d.replay(commandtest.ExitOK, archives...)
	b, err := os.ReadFile(d.done)
	if err != nil {
		t.Fatal(err)
	}
	b = regexp.MustCompile(`"done":3`).ReplaceAll(b, []byte(`"done":0,"sent":4001`))
	if err := os.WriteFile(d.done, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *doubtful) path(name string) string { return filepath.Join(d.dir, name) }

// replay replays archives with the checkpoint, job by job, and wants an exit code.
func (d *doubtful) replay(code int, archives ...string) commandtest.Run {
	d.Helper()
	r := d.run(d.Context(), disk.OS{}, archives...)
	commandtest.WantRun(d, r, code)
	return r
}

func (d *doubtful) run(ctx context.Context, on disk.FS, archives ...string) commandtest.Run {
	argv := []string{"-s", d.addr, "replay", "--checkpoint", d.done, "--window", "1"}
	for _, name := range archives {
		argv = append(argv, d.path(name))
	}
	return commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) { e.Disk = on }, argv...)
}

// runTapped runs a replay of an archive with a tap in its connection.
func (d *doubtful) runTapped(ctx context.Context, tap servertest.Tap, archive string) commandtest.Run {
	return commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) {
		e.NetDial = servertest.Tapped(new(net.Dialer).DialContext, func(string) servertest.Tap { return tap })
	}, "-s", d.addr, "replay", "--checkpoint", d.done, d.path(archive))
}

// TestWhatWasInDoubtStaysInDoubt lets other replays with the checkpoint end well before the jobs in doubt are submitted again.
// They still wait at the server, which merges them: that they are in doubt tells them from others with the same keys.
func TestWhatWasInDoubtStaysInDoubt(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*doubtful){
		"nothing": func(*doubtful) {},
		"an interrupted replay": func(d *doubtful) {
			ctx, stop := context.WithCancelCause(d.Context())
			saving := &meanwhile{suffix: "done.new", f: func() { stop(commandtest.Interrupted) }} // that the first job is done
			r := d.run(ctx, saving, "a", "b")
			commandtest.WantRun(d, r, commandtest.ExitInterrupted)
		},
		"a replay of another archive": func(d *doubtful) {
			writeArchive(d, d.path("c"), "c1")
			d.replay(commandtest.ExitOK, "c")
		},
		"a replay of one of two archives": func(d *doubtful) {
			if r := d.replay(commandtest.ExitOK, "a"); !strings.Contains(r.Stderr, "3 jobs were already waiting") {
				d.Error(r.Stderr)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoubtful(t, "a", "b")
			between(d)
			r := d.replay(commandtest.ExitOK, "a", "b")
			if !strings.Contains(r.Stderr, "already waiting, submitted by the killed replay") {
				t.Error(r.Stderr)
			}
			if n := servertest.Queue(t, d.addr, "q").Total; n < 6 || n > 7 {
				t.Errorf("%d jobs wait", n)
			}
			if r = d.replay(commandtest.ExitOK, "a", "b"); !strings.Contains(r.Stderr, "6 records were already replayed") {
				t.Errorf("once all are answered: %s", r.Stderr)
			}
		})
	}
}

// TestADoubtEndsWithItsAnswers appends to an archive whose jobs were in doubt a job that the server merges into one of somebody
// else: its payload is lost, and that must not be taken for one that the killed replay submitted.
func TestADoubtEndsWithItsAnswers(t *testing.T) {
	t.Parallel()
	d := newDoubtful(t, "a")
	d.replay(commandtest.ExitOK, "a")
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", d.addr, "submit", "-b", "q", "theirs", "--unique", "a4"), commandtest.ExitOK)
	writeArchive(t, d.path("a"), "a1", "a2", "a3", "a4")
	r := d.replay(commandtest.ExitPartial, "a")
	commandtest.WantRun(t, r, commandtest.ExitPartial, "1 job was merged into waiting jobs with the same unique key")
}

// TestWhatIsNotAnsweredIsInDoubt breaks the connection when the first of three answers was read.
func TestWhatIsNotAnsweredIsInDoubt(t *testing.T) {
	t.Parallel()
	d := newDoubtful(t)
	writeArchive(t, d.path("a"), "a1", "a2", "a3")
	answers := 0
	r := d.runTapped(t.Context(), servertest.Tap{Received: func(p *wire.Packet) error {
		if p.Type == wire.JobCreated {
			answers++
		}
		if answers > 2 { // that of a canary is before it
			return io.ErrUnexpectedEOF
		}
		return nil
	}}, "a")
	commandtest.WantRun(t, r, commandtest.ExitPartial, "2 jobs were unconfirmed and may or may not be there")
	r = d.replay(commandtest.ExitOK, "a")
	commandtest.WantRun(t, r, commandtest.ExitOK, "1 record was already replayed", "2 jobs were already waiting, submitted by the killed replay")
}

// TestAnInterruptDoesNotEndTheWaitForAnswers interrupts a replay when its jobs have left.
func TestAnInterruptDoesNotEndTheWaitForAnswers(t *testing.T) {
	t.Parallel()
	d := newDoubtful(t)
	writeArchive(t, d.path("a"), "a1", "a2", "a3")
	ctx, stop := context.WithCancelCause(t.Context())
	left := make(chan struct{})
	r := d.runTapped(ctx, servertest.Tap{
		Sent: func(p *wire.Packet) error {
			if p.Type == wire.SubmitJobBG && string(p.Arg(1)) == "a3" {
				stop(commandtest.Interrupted)
				close(left)
			}
			return nil
		},
		Received: func(p *wire.Packet) error {
			if p.Type == wire.JobCreated {
				<-left
			}
			return nil
		},
	}, "a")
	commandtest.WantRun(t, r, commandtest.ExitInterrupted, "interrupted: 3 jobs are on the server")
	d.replay(commandtest.ExitOK, "a")
	if n := servertest.Queue(t, d.addr, "q").Total; n != 3 {
		t.Errorf("3 jobs were submitted before the interrupt, and %d wait after the next replay", n)
	}
}
