package commands_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestManPagesAreWhole: every command that the help lists has a page, with its description, examples and exit codes.
func TestManPagesAreWhole(t *testing.T) {
	pages := commands.ManPages("1.2.3", "2026-11-30")
	shown := commands.ShownCommands()
	if len(pages) != len(shown)+1 {
		t.Errorf("%d pages for gearctl and %d commands", len(pages), len(shown))
	}
	for _, name := range shown {
		file := "gearctl-" + strings.ReplaceAll(name, " ", "-") + ".1"
		for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"} {
			if !strings.Contains(pages[file], "\n.SH "+section+"\n") {
				t.Errorf("%s has no section %s", file, section)
			}
		}
		if !strings.Contains(pages["gearctl.1"], "\n.B "+strings.ReplaceAll(name, "-", `\-`)) {
			t.Errorf("gearctl.1 does not list %s", name)
		}
	}
	for _, section := range []string{"DESCRIPTION", "EXAMPLES", "COMMANDS", "OPTIONS", "EXIT STATUS", "FILES"} {
		if !strings.Contains(pages["gearctl.1"], "\n.SH "+section+"\n") {
			t.Errorf("gearctl.1 has no section %s", section)
		}
	}
	for _, text := range []string{`gearctl drain perfdata`, `\-\-follow`, "partly done", "(default: 1000)"} {
		if !strings.Contains(pages["gearctl-drain.1"], text) {
			t.Errorf("gearctl-drain.1 does not have %q", text)
		}
	}
}

// TestManPagesAreClean has mandoc read every page: it must find nothing, not even a matter of style.
func TestManPagesAreClean(t *testing.T) {
	gearmandtest.Require(t, "mandoc")
	dir := t.TempDir()
	argv := []string{"-Tlint"}
	for name, page := range commands.ManPages("1.2.3", "2026-11-30") {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		argv = append(argv, file)
	}
	if out, err := exec.CommandContext(t.Context(), "mandoc", argv...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("mandoc -Tlint: %v\n%s", err, out)
	}
}
