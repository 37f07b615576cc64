package compat_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestInstall links every name, keeps what is there, and changes nothing the second time or with --dry-run.
func TestInstall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	theirs := servertest.WriteFile(t, filepath.Join(dir, "gearman"), "a program\n")
	dry := commandtest.Gearctl(t, "", "compat", "install", dir, "--dry-run")
	commandtest.WantRun(t, dry, commandtest.ExitPartial, "gearman is there already and was kept")
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 || strings.Count(dry.Stdout, "would link") != 9 {
		t.Errorf("a dry run leaves %v, %v, and prints\n%s", files, err, dry.Stdout)
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "compat", "install", dir), commandtest.ExitPartial, "gearman is there already and was kept")
	if b, err := os.ReadFile(theirs); err != nil || string(b) != "a program\n" {
		t.Errorf("the file in the way is now %q, %v", b, err)
	}
	os.Remove(theirs)
	again := commandtest.Gearctl(t, "", "compat", "install", dir)
	commandtest.WantRun(t, again, 0, "is not in PATH")
	if strings.Count(again.Stdout, "unchanged") != 9 || strings.Count(again.Stdout, "linked") != 1 {
		t.Errorf("want 9 links unchanged and 1 made, got\n%s", again.Stdout)
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "compat", "install", dir+"/none"), commandtest.ExitFailed, "it is not a directory", "mkdir -p")
}

// TestEveryNameIsAnswered runs the program by each of its old names, through links as install makes them.
func TestEveryNameIsAnswered(t *testing.T) {
	t.Parallel()
	program := commandtest.Binary(t)
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), program, "compat", "install", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	links, err := os.ReadDir(dir)
	if err != nil || len(links) != 10 {
		t.Fatalf("%d links, %v", len(links), err)
	}
	for _, l := range links {
		tool := strings.ReplaceAll(strings.TrimPrefix(l.Name(), "nagios-"), "-", "_")
		flag := "-h"
		if tool == "gearadmin" || tool == "gearman" {
			flag = map[string]string{"gearadmin": "--help", "gearman": "-H"}[tool]
		}
		ours, _ := exec.CommandContext(t.Context(), filepath.Join(dir, l.Name()), flag).Output()
		want, _ := exec.CommandContext(t.Context(), program, "compat", tool, flag).Output()
		if len(want) < 200 || string(ours) != string(want) {
			t.Errorf("%s %s prints %q, want what gearctl compat %s prints: %q", l.Name(), flag, ours, tool, want)
		}
	}
}
