package completions_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gearctl/completions"
	"gearctl/wire"
	"gearctl/wire/jobserver"
)

// scratch is a directory that lives as long as the tests.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "completions"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// buildOnce builds gearctl into scratch/bin, with the flags that make test has.
var buildOnce = sync.OnceValue(func() error {
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(scratch, "bin", "gearctl"), "gearctl/cmd/gearctl")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
})

// world is what a shell finds: gearctl in its PATH, a job server with queues, and the script in a file.
type world struct {
	addr   string
	script string
	env    []string
}

// newWorld builds gearctl and starts a server that has queues, each with two jobs, the first with three: zsh shows
// what has the same description together.
func newWorld(t testing.TB, shell string, queues []string) *world {
	t.Helper()
	if err := buildOnce(); err != nil {
		t.Fatal(err)
	}
	text, err := completions.Script(shell)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	script := filepath.Join(home, "gearctl."+shell)
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(home, ".config", "gearctl")
	if err := os.MkdirAll(settings, 0o700); err != nil {
		t.Fatal(err)
	}
	contexts := "contexts:\n  lab-one: {servers: 'gm1,gm2:4731'}\n  lab-two: {servers: gm3}\n"
	if err := os.WriteFile(filepath.Join(settings, "contexts.yml"), []byte(contexts), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &world{addr: startServer(t), script: script}
	submit(t, w.addr, queues, 2)
	submit(t, w.addr, queues[:1], 1)
	w.env = append(environWithout("GEARCTL_", "GEARMAN_", "LC_", "XDG_", "ZDOTDIR", "INPUTRC", "PROMPT_COMMAND"),
		"PATH="+filepath.Join(scratch, "bin")+":"+os.Getenv("PATH"),
		"HOME="+home, "LANG=C.UTF-8", "TERM=dumb", "GEARCTL_SERVER="+w.addr)
	return w
}

func environWithout(prefixes ...string) []string {
	var env []string
	for _, e := range os.Environ() {
		drop := false
		for _, p := range prefixes {
			drop = drop || strings.HasPrefix(e, p)
		}
		if !drop {
			env = append(env, e)
		}
	}
	return env
}

// startServer starts an embedded job server that lives as long as the test.
func startServer(t testing.TB) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { jobserver.New(jobserver.Options{}).Serve(ctx, l) })
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	return l.Addr().String()
}

// submit puts jobs into each of queues.
func submit(t testing.TB, addr string, queues []string, jobs int) {
	t.Helper()
	_, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		s := wire.NewSubmitter(ctx, c, 0, func(r wire.SubmitResult) error { return r.Err })
		for _, q := range queues {
			for i := range jobs {
				if err := s.Send(&wire.Submission{Function: q, Unique: fmt.Sprintf("%d of %d", i, jobs), Background: true}); err != nil {
					return struct{}{}, err
				}
			}
		}
		_, _, err := s.Close()
		return struct{}{}, err
	})
	if err != nil {
		t.Fatal("submit: ", err)
	}
}
