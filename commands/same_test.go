package commands_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestOneServerUnderTwoNames asks a server under two names, and another: what is there is taken and counted once, in its
// order, and the two do not get in each other's way.
func TestOneServerUnderTwoNames(t *testing.T) {
	t.Parallel()
	other := servertest.Embedded(t)
	for name, start := range map[string]func(testing.TB) string{"embedded": servertest.Embedded, "gearmand": func(t testing.TB) string { return gearmandtest.Start(t) }} {
		t.Run(name, func(t *testing.T) {
			addr := start(t)
			_, port, _ := net.SplitHostPort(addr)
			servers := addr + "," + other + ",localhost:" + port
			ask := func(want string, args ...string) commandtest.Run {
				t.Helper()
				r := commandtest.Gearctl(t, "", append([]string{"-s", servers}, args...)...)
				if r.Code != commandtest.ExitOK || strings.Count(r.Stdout, want) != 1 || strings.Contains(r.Stdout, "localhost") {
					t.Errorf("%v: code %d, want %q once and no localhost in %q; stderr %s", args, r.Code, want, r.Stdout, r.Stderr)
				}
				if !strings.Contains(r.Stderr, addr+" and localhost:"+port+" are the same server") {
					t.Errorf("%v: stderr %s", args, r.Stderr)
				}
				return r
			}
			var lines strings.Builder
			for i := range 400 {
				fmt.Fprintln(&lines, i+1)
			}
			if r := commandtest.Gearctl(t, lines.String(), "-s", addr, "submit", "-b", "-l", "q", "--template", "--unique", "k{{.Line}}"); r.Code != commandtest.ExitOK {
				t.Fatal(r.Stderr)
			}
			ask(`"unique":"k1"`, "peek", "q", "-o", "jsonl")
			ask(`"remaining":400`, "drain", "q", "--dry-run", "-o", "jsonl")
			archive := t.TempDir() + "/q.jsonl"
			ask(`"drained":400`, "drain", "q", "--to", archive, "--yes", "-o", "jsonl")
			r := commandtest.Gearctl(t, "", "-s", addr, "replay", archive, "-o", "jsonl")
			if !strings.Contains(r.Stdout, `"submitted":400`) {
				t.Errorf("replay: %+v", r)
			}
			first := commandtest.Gearctl(t, "", "-s", addr, "peek", "q", "--max", "400", "-o", "template={{.unique}}").Stdout
			for i, line := range strings.Fields(first) {
				if want := "k" + fmt.Sprint(i+1); line != want {
					t.Fatalf("job %d is %s, want %s", i, line, want)
				}
			}
			ask(`"drained":400`, "drain", "q", "--yes", "-o", "jsonl")
			ask(`"server":"`+addr+`","queue":"new","done":"created"`, "queue", "create", "new", "-o", "jsonl")
			ask(`"server":"`+addr+`","queue":"new","done":"dropped"`, "queue", "drop", "new", "--yes", "-o", "jsonl")
			ask(`"server":"`+addr+`","queue":"q","state":"dropped"`, "queue", "gc", "q", "--empty", "--yes", "-o", "jsonl")
		})
	}
}
