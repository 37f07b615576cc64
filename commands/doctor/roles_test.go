package doctor_test

import (
	"strings"
	"testing"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAServerInTwoRolesGetsTheGraverVerdict: a dupserver that is down costs copies of results, a warning. If the module or a
// worker uses the same server, checks are lost, an error, in whatever order the files name it.
func TestAServerInTwoRolesGetsTheGraverVerdict(t *testing.T) {
	const (
		otherConf = "/etc/mod_gearman/other_worker.conf"
		addr      = "127.0.0.1:2" // on which nothing listens
	)
	edits := map[string]func(h *host, addr string){
		"module": func(h *host, addr string) { h.edit(nebConf, "eventhandler=yes", "server="+addr+"\neventhandler=yes") },
		"worker": func(h *host, addr string) {
			h.edit(workerConf, "eventhandler=yes", "server="+addr+"\neventhandler=yes")
		},
		"dup": func(h *host, addr string) {
			h.edit(workerConf, "eventhandler=yes", "dupserver="+addr+"\neventhandler=yes")
		},
		"dup of another worker": func(h *host, addr string) {
			h.edit(otherConf, "eventhandler=yes", "dupserver="+addr+"\neventhandler=yes")
		},
		"another worker": func(h *host, addr string) {
			h.edit(otherConf, "eventhandler=yes", "server="+addr+"\neventhandler=yes")
		},
	}
	for roles, want := range map[string]string{
		"dup":                                "warning",
		"dup of another worker":              "warning",
		"dup, dup of another worker":         "warning",
		"module":                             "error",
		"worker":                             "error",
		"module, dup":                        "error",
		"worker, dup":                        "error",
		"module, worker":                     "error",
		"module, worker, dup":                "error",
		"dup, another worker":                "error",
		"worker, dup of another worker":      "error",
		"module, dup, dup of another worker": "error",
	} {
		t.Run(roles, func(t *testing.T) {
			t.Parallel()
			for _, order := range [][]string{{workerConf, otherConf}, {otherConf, workerConf}} {
				h := newHost(t, servertest.DeadAddr)
				h.write(otherConf, doctor.GoodFiles[workerConf])
				h.edit(otherConf, "SERVER", "127.0.0.1:3")
				for role := range strings.SplitSeq(roles, ", ") {
					edits[role](h, addr)
				}
				rows, r := h.visit("--config", nebConf, "--worker-config", order[0], "--worker-config", order[1])
				found := 0
				for _, row := range rows {
					if row.Check == "server" && row.Object == addr {
						found++
						if row.State != doctor.DoctorFinding || row.Severity != want {
							t.Errorf("%s, configurations %v: a server that is down must be one %s, got %s %s: %s", roles, order, want, row.State, row.Severity, row.Finding)
						}
					}
				}
				if found != 1 || r.Code != commandtest.ExitFailed {
					t.Errorf("%s: the server is in %d rows, exit code %d, want one row and exit code 1\n%s", roles, found, r.Code, doctor.ShowRows(rows))
				}
			}
		})
	}
}
