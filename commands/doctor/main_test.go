package doctor_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/commandtest"
)

// host is a tree like a monitoring host's: CentOS 6 with Icinga 1, gearmand and mod_gearman.
type host struct {
	t    testing.TB
	root string
}

// newHost writes the tree of a host on which all is well. Its users are not the one who runs the test, but members of
// that one's group.
func newHost(t testing.TB, server string) *host {
	t.Helper()
	h := &host{t, t.TempDir()}
	for name, text := range doctor.GoodFiles {
		h.write(name, strings.ReplaceAll(text, "SERVER", server))
	}
	h.accounts(os.Getgid())
	h.chmod("/etc/mod_gearman/secret.key", 0o640)
	for _, name := range []string{"neb", "worker"} {
		h.chmod("/var/log/mod_gearman/mod_gearman_"+name+".log", 0o660)
	}
	h.chmod("/var/log/mod_gearman", 0o2775)
	for _, name := range []string{"icinga", "gearmand", "mod_gearman_worker"} {
		h.link("../init.d/"+name, "/etc/rc3.d/S85"+name)
	}
	return h
}

// accounts writes the users of the host. The group of icinga is the one that may use the files, or another.
func (h *host) accounts(icinga int) {
	h.t.Helper()
	gid := os.Getgid()
	h.write("/etc/passwd", fmt.Sprintf("icinga:x:54321:%d::/var/spool/icinga:/sbin/nologin\nnagios:x:54322:%d::/:/sbin/nologin\n", icinga, gid))
	h.write("/etc/group", fmt.Sprintf("lab:x:%d:\nicinga:x:54321:\n", gid))
}

func (h *host) at(name string) string { return filepath.Join(h.root, name) }

func (h *host) write(name, text string) {
	h.t.Helper()
	h.must(os.MkdirAll(filepath.Dir(h.at(name)), 0o755))
	h.must(os.WriteFile(h.at(name), []byte(text), 0o644))
}

// edit replaces a text in a file, which must be there.
func (h *host) edit(name, old, new string) {
	h.t.Helper()
	b, err := os.ReadFile(h.at(name))
	h.must(err)
	if !strings.Contains(string(b), old) {
		h.t.Fatalf("%s does not hold %q", name, old)
	}
	h.must(os.WriteFile(h.at(name), []byte(strings.Replace(string(b), old, new, 1)), 0o644))
}

func (h *host) remove(name string) {
	h.t.Helper()
	h.must(os.Remove(h.at(name)))
}

func (h *host) chmod(name string, mode uint32) {
	h.t.Helper()
	m := os.FileMode(mode & 0o777)
	if mode&0o2000 != 0 {
		m |= os.ModeSetgid
	}
	h.must(os.Chmod(h.at(name), m))
}

func (h *host) link(target, name string) {
	h.t.Helper()
	h.must(os.MkdirAll(filepath.Dir(h.at(name)), 0o755))
	h.must(os.Symlink(target, h.at(name)))
}

func (h *host) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// visit runs doctor on the host. Every finding must have one fix.
func (h *host) visit(flags ...string) (rows []doctor.DoctorRow, r commandtest.Run) {
	h.t.Helper()
	r = commandtest.Gearctl(h.t, "", append([]string{"doctor", "--root", h.root, "-o", "json"}, flags...)...)
	if err := json.Unmarshal([]byte(r.Stdout), &rows); err != nil {
		h.t.Fatalf("%v; stdout %q, stderr %q", err, r.Stdout, r.Stderr)
	}
	for _, row := range rows {
		if fault := fixFault(row); fault != "" {
			h.t.Errorf("the fix of %s, %s: %s\n%s", row.Check, row.Object, fault, row.Fix)
		}
	}
	return rows, r
}

// seen is what a test wants to find among the rows.
type seen struct{ check, state, object, finding, fix string }

// in reports whether a row is the one: its texts hold those that are wanted.
func (w seen) in(rows []doctor.DoctorRow) bool {
	for _, r := range rows {
		state := r.State
		if state == doctor.DoctorFinding {
			state = r.Severity
		}
		if r.Check == w.check && state == w.state && strings.Contains(r.Object, w.object) && strings.Contains(r.Finding, w.finding) && strings.Contains(r.Fix, w.fix) {
			return true
		}
	}
	return false
}

// onlyFinding wants a row, and no row of other checks than its own and those of also to be other than ok.
func onlyFinding(t testing.TB, rows []doctor.DoctorRow, w seen, also ...string) {
	t.Helper()
	if !w.in(rows) {
		t.Errorf("no row is %+v in\n%s", w, doctor.ShowRows(rows))
	}
	for _, r := range rows {
		if r.State != doctor.DoctorOK && r.State != doctor.DoctorAdvisory && r.Check != w.check && !slices.Contains(also, r.Check) {
			t.Errorf("another row is not ok: %+v", r)
		}
	}
}
