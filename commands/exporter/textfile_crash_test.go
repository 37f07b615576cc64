package exporter_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

const textfile = "/textfiles/gearman.prom"

// writeTextfile lets the exporter write a textfile of a server with a number of jobs, and returns its contents.
func writeTextfile(t *testing.T, d *disktest.Sim, jobs int) (contents string) {
	t.Helper()
	memory, stop := servertest.NewMemory(t, "gm1:4730")
	defer stop()
	c, err := (&wire.Dialer{NetDial: memory.Dial}).Dial(t.Context(), "gm1:4730")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range jobs {
		if _, err := c.Submit(t.Context(), &wire.Submission{Function: "q", Background: true}); err != nil {
			t.Fatal(err)
		}
	}
	r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) { e.Disk, e.NetDial = d, memory.Dial }, "-s", "gm1:4730", "exporter", "--textfile", textfile)
	commandtest.WantRun(t, r, commandtest.ExitOK)
	d.Note("written")
	b, err := disk.ReadFile(d, textfile, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("gearman_jobs{server=\"gm1:4730\",function=\"q\"} %d\n", jobs); !strings.Contains(string(b), want) {
		t.Fatalf("%s does not contain %s", b, want)
	}
	return string(b)
}

// TestNoLossOfPowerDamagesATextfile lets the power fail at every point of writing a textfile, the first and a later one: what is
// found is nothing, the old metrics or the new ones, whole and readable for all, and the new ones once the exporter has ended.
func TestNoLossOfPowerDamagesATextfile(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]bool{"first": true, "later": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, found := disktest.NewSim(), []string{""}
				if err := d.Mkdir(path.Dir(textfile), 0o700); err != nil {
					t.Fatal(err)
				}
				if !first {
					found[0] = writeTextfile(t, d, 1)
				}
				d.Settle()
				found = append(found, writeTextfile(t, d, 2))
				commandtest.SurviveCrashes(t, d, func(d *disktest.Sim, c disktest.Crash) error {
					b, err := disk.ReadFile(d, textfile, 1<<20)
					info, _ := d.Stat(textfile)
					switch {
					case errors.Is(err, fs.ErrNotExist) && first:
					case err != nil:
						return err
					case info.Mode() != 0o644:
						return fmt.Errorf("its mode is %v", info.Mode())
					}
					if len(c.Notes()) > 0 {
						found[0] = found[1]
					}
					if !slices.Contains(found, string(b)) {
						return fmt.Errorf("it holds %q", b)
					}
					if again := writeTextfile(t, d, 2); again != found[1] {
						return fmt.Errorf("the next start writes %q", again)
					}
					list, err := d.ReadDir(path.Dir(textfile))
					for _, e := range list {
						if name := e.Name(); name != path.Base(textfile) && strings.HasSuffix(name, ".prom") {
							return fmt.Errorf("node_exporter would read %s", name)
						}
					}
					return err
				})
			})
		})
	}
}

// TestTheOrderOfATextfile: another file is written, made readable for all, synced and renamed, and the directory is synced.
func TestTheOrderOfATextfile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := disktest.NewSim()
		if err := d.Mkdir(path.Dir(textfile), 0o700); err != nil {
			t.Fatal(err)
		}
		d.Settle()
		writeTextfile(t, d, 1)
		got := regexp.MustCompile(`/\.gearman\.prom\.\w+`).ReplaceAllString(strings.Join(d.Log(), "\n"), "/TEMP")
		const want = `create /textfiles/TEMP 0600
write /textfiles/TEMP
chmod /textfiles/TEMP 0644
sync /textfiles/TEMP
close /textfiles/TEMP
rename /textfiles/TEMP /textfiles/gearman.prom
sync directory /textfiles
written`
		if got != want {
			t.Errorf("the order is\n%s\nwant\n%s", got, want)
		}
	})
}
