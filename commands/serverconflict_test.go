package commands_test

import (
	"slices"
	"strings"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAConflictOfServersEndsDestructiveWork: where --config and the environment name different servers and nobody watches, a
// command that destroys ends with exit code 2 before it contacts either, also with --yes. On a terminal, and for a dry run,
// the server of --config is used, and a note says so.
func TestAConflictOfServersEndsDestructiveWork(t *testing.T) {
	lines := []string{"work q --print --count 1"}
	for _, q := range questions {
		lines = append(lines, q.line+" --yes")
	}
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			server := servertest.Embedded(t)
			handle := waiting(t, server, 2)
			emptyQueues(t, server, 1)
			configured, toConfigured := servertest.RecordRequests(t, server)
			other, toOther := servertest.RecordRequests(t, servertest.Embedded(t))
			conf := servertest.WriteFile(t, t.TempDir()+"/mod_gearman_neb.conf", "server="+configured+"\nencryption=no\n")
			arg := handle
			switch {
			case strings.Contains(line, "--to"):
				arg = t.TempDir() + "/jobs"
			case strings.Contains(line, "queue drop"):
				arg = "empty"
			}
			run := func(change func(*cli.Env), more ...string) commandtest.Run {
				argv := append([]string{"--config", conf}, strings.Fields(strings.ReplaceAll(line, "{}", arg))...)
				return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
					e.Getenv = func(name string) string { return map[string]string{"GEARCTL_SERVER": other}[name] }
					if change != nil {
						change(e)
					}
				}, append(argv, more...)...)
			}
			before := stateOf(t, server)
			if got := run(nil); got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, "ambiguous server") {
				t.Errorf("--config and GEARCTL_SERVER name different servers: want exit code 2, got %+v", got)
			}
			if sent := slices.Concat(toConfigured.All(), toOther.All()); len(sent) > 0 || stateOf(t, server) != before {
				t.Errorf("it is not clear which server is meant, and yet it was asked: %q", sent)
			}
			if !strings.HasPrefix(line, "work") && !strings.HasPrefix(line, "result tail") {
				if got := run(nil, "--dry-run"); got.Code != 0 || !strings.Contains(got.Stderr, "using "+configured) {
					t.Errorf("a dry run destroys nothing, and needs only the note: %+v", got)
				}
			}
			if got := run(onTerminal); got.Code == commandtest.ExitUsage || !strings.Contains(got.Stderr, "using "+configured) || len(toOther.All()) > 0 {
				t.Errorf("on a terminal the note is enough, and the server of --config is used: %+v", got)
			}
		})
	}
	for _, name := range commands.DestructiveCommands() {
		if !inTable(name, lines) {
			t.Errorf("gearctl %s destroys, but no row shows that it ends where servers conflict", name)
		}
	}
}
