package commands_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gearctl/commands"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestManPagesAreWhole: every command that the help lists has a page, with its description, examples and exit codes.
func TestManPagesAreWhole(t *testing.T) {
	pages := commands.ManPages("1.2.3", "2026-11-30")
	shown := commands.ShownCommands()
	groups := commands.ShownGroups()
	if len(pages) != len(shown)+len(groups)+1 {
		t.Errorf("%d pages for gearctl, %d commands and %d groups", len(pages), len(shown), len(groups))
	}
	for _, name := range groups {
		for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "SEE ALSO"} {
			if !strings.Contains(pages["gearctl-"+name+".1"], "\n.SH "+section+"\n") {
				t.Errorf("the page of %s has no section %s", name, section)
			}
		}
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

// TestManPagesNameOthers: every page that SEE ALSO names is there, and few pages name none but gearctl(1).
func TestManPagesNameOthers(t *testing.T) {
	pages := commands.ManPages("1.2.3", "2026-11-30")
	alone := 0
	for file, page := range pages {
		_, also, _ := strings.Cut(page, "\n.SH SEE ALSO\n")
		names := regexp.MustCompile(`gearctl[a-z_\\-]*`).FindAllString(also, -1)
		for _, name := range names {
			if name = strings.ReplaceAll(name, `\-`, "-"); pages[name+".1"] == "" || name+".1" == file {
				t.Errorf("%s names %s", file, name)
			}
		}
		if len(names) < 2 {
			alone++
		}
	}
	if alone > 10 {
		t.Errorf("%d pages name no other", alone)
	}
	if strings.Contains(pages["gearctl-exporter.1"], `no\-priorities`) {
		t.Error("the page of exporter has a hidden flag")
	}
	if page := pages["gearctl-submit.1"]; !strings.Contains(page, "at state result submitted refused merged") {
		t.Errorf("the page of submit lacks columns of --lines:\n%s", page)
	}
}

// TestManPagesCanBePasted: no example is wider than a page, a long one is continued as a shell reads it, and no text runs into the
// last exit code.
func TestManPagesCanBePasted(t *testing.T) {
	gearmandtest.Require(t, "mandoc")
	pages := commands.ManPages("1.2.3", "2026-11-30")
	for file, lines := range map[string][]string{
		"gearctl-submit.1": {`--template load \` + "\n" + `           'job {{.Number}} {{random 100}}'` + "\n"},
		"gearctl-health.1": {"gearctl health --config neb.conf --end-to-end \\\n           --end-to-end-critical 10 --timeout 30s\n", "workers: \"1:\"\n", "Besides json and jsonl: nagios"},
		"gearctl.1":        {"interrupted by SIGINT or SIGTERM\n\n"},
	} {
		path := filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(path, []byte(pages[file]), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "mandoc", "-T", "ascii", "-O", "width=80", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		text := plainOverstrike.ReplaceAllString(string(out), "")
		for line := range strings.SplitSeq(text, "\n") {
			if len(line) > 80 {
				t.Errorf("%s: %d columns: %s", file, len(line), line)
			}
		}
		for _, want := range lines {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not have %q in\n%s", file, want, text)
			}
		}
	}
}

// plainOverstrike is how bold letters are printed.
var plainOverstrike = regexp.MustCompile(".\x08")

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
