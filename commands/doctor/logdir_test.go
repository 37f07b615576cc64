package doctor_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/commandtest"
)

// TestALogDirectoryNeedsWriteAndSearch tries every mode of the group for the directory of a log file: to create the file its
// user must be able to write and to search the directory, to write one that is there to search it.
func TestALogDirectoryNeedsWriteAndSearch(t *testing.T) {
	const log = logDir + "/mod_gearman_neb.log"
	for bits := range uint32(8) {
		for _, exists := range []bool{true, false} {
			t.Run(fmt.Sprintf("mode %o, log file exists %v", bits, exists), func(t *testing.T) {
				t.Parallel()
				h := newHost(t, "localhost:4730")
				if !exists {
					h.remove(log)
				}
				h.chmod(logDir, 0o700|bits<<3)
				rows, r := h.visit("--offline")
				h.chmod(logDir, 0o755)
				writes, searches := bits&2 != 0, bits&1 != 0
				want := searches && (exists || writes)
				state := ""
				for _, row := range rows {
					if row.Check == "rights" && row.Object == log {
						state += row.State
						if row.State == doctor.DoctorFinding && !strings.Contains(row.Fix, missingLetters(writes || exists, searches)+" "+logDir) {
							t.Errorf("the fix %q does not give what is missing: w %v, x %v", row.Fix, writes, searches)
						}
					}
				}
				if good := state == doctor.DoctorOK; good != want || !good && (state != doctor.DoctorFinding || r.Code != commandtest.ExitFailed) {
					t.Errorf("icinga may use the log file: %v, doctor says %q, exit code %d\n%s", want, state, r.Code, doctor.ShowRows(rows))
				}
			})
		}
	}
}

// TestALogFileNeedsWrite tries every mode of the group for a log file that exists.
func TestALogFileNeedsWrite(t *testing.T) {
	const log = logDir + "/mod_gearman_neb.log"
	for bits := range uint32(8) {
		t.Run(fmt.Sprintf("mode %o", bits), func(t *testing.T) {
			t.Parallel()
			h := newHost(t, "localhost:4730")
			h.chmod(log, 0o600|bits<<3)
			rows, r := h.visit("--offline")
			state := ""
			for _, row := range rows {
				if row.Check == "rights" && row.Object == log {
					state += row.State
				}
			}
			if want := bits&2 != 0; (state == doctor.DoctorOK) != want || (r.Code == 0) != want {
				t.Errorf("icinga may write the log file: %v, doctor says %q, exit code %d", want, state, r.Code)
			}
		})
	}
}

// missingLetters are the letters of chmod for what a group lacks.
func missingLetters(writes, searches bool) string {
	letters := "g+"
	if !writes {
		letters += "w"
	}
	if !searches {
		letters += "x"
	}
	return letters
}

// TestALogDirectoryThatDoctorMayNotEnterIsUnknown runs doctor as a user who may not enter the directory: it says so, and never
// that all is well.
func TestALogDirectoryThatDoctorMayNotEnterIsUnknown(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can change to another user")
	}
	const nobody = 65534
	h := newHost(t, "localhost:4730")
	for dir := h.root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	h.chmod("/etc/mod_gearman/secret.key", 0o644)
	h.chmod(logDir, 0o700)
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "doctor", "--root", h.root, "-o", "json", "--offline")
	cmd.Args[0] = "gearctl" // as which the test's program behaves like gearctl
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Dir, cmd.Env = "/", []string{}
	out, err := cmd.Output()
	var rows []doctor.DoctorRow
	if json.Unmarshal(out, &rows) != nil {
		t.Fatalf("doctor as another user: %v, %s", err, out)
	}
	unknown := 0
	for _, row := range rows {
		if row.Check != "rights" || !strings.HasPrefix(row.Object, logDir) {
			continue
		}
		if row.State != doctor.DoctorUnknown || !strings.HasPrefix(row.Fix, "sudo gearctl ") {
			t.Errorf("what cannot be inspected must be unknown, with root as the fix: %+v", row)
		}
		unknown++
	}
	if unknown == 0 || err == nil {
		t.Errorf("exit code 0, %d unknown log files\n%s", unknown, doctor.ShowRows(rows))
	}
}
