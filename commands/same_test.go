package commands

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"gearctl/wire/jobserver/gearmandtest"
)

// TestOneServerUnderTwoNames asks a server under two names, and another: what is there is taken and counted once, in its
// order, and the two do not get in each other's way.
func TestOneServerUnderTwoNames(t *testing.T) {
	other := embeddedServer(t)
	for name, start := range map[string]func(testing.TB) string{"embedded": embeddedServer, "gearmand": func(t testing.TB) string { return gearmandtest.Start(t) }} {
		t.Run(name, func(t *testing.T) {
			addr := start(t)
			_, port, _ := net.SplitHostPort(addr)
			servers := addr + "," + other + ",localhost:" + port
			ask := func(want string, args ...string) run {
				t.Helper()
				r := gearctl(t, "", append([]string{"-s", servers}, args...)...)
				if r.code != exitOK || strings.Count(r.stdout, want) != 1 || strings.Contains(r.stdout, "localhost") {
					t.Errorf("%v: code %d, want %q once and no localhost in %q; stderr %s", args, r.code, want, r.stdout, r.stderr)
				}
				if !strings.Contains(r.stderr, addr+" and localhost:"+port+" are the same server") {
					t.Errorf("%v: stderr %s", args, r.stderr)
				}
				return r
			}
			var lines strings.Builder
			for i := range 400 {
				fmt.Fprintln(&lines, i+1)
			}
			if r := gearctl(t, lines.String(), "-s", addr, "submit", "-b", "-l", "q", "--template", "--unique", "k{{.Line}}"); r.code != exitOK {
				t.Fatal(r.stderr)
			}
			ask(`"unique":"k1"`, "peek", "q", "-o", "jsonl")
			ask(`"remaining":400`, "drain", "q", "--dry-run", "-o", "jsonl")
			archive := t.TempDir() + "/q.jsonl"
			ask(`"drained":400`, "drain", "q", "--to", archive, "--yes", "-o", "jsonl")
			r := gearctl(t, "", "-s", addr, "replay", archive, "-o", "jsonl")
			if !strings.Contains(r.stdout, `"submitted":400`) {
				t.Errorf("replay: %+v", r)
			}
			first := gearctl(t, "", "-s", addr, "peek", "q", "--max", "400", "-o", "template={{.unique}}").stdout
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
