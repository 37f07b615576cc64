package commands_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// TestWaitIsKeptOnACutLink cuts the network while check and submit wait: nothing that they clean up may take longer than a
// second, though each step of it has --timeout.
func TestWaitIsKeptOnACutLink(t *testing.T) {
	t.Parallel()
	const wait = time.Second
	for name, argv := range map[string][]string{
		"check":  {"check", "service", "web", "disk", "--queue", "nobody", "--no-encryption", "--command", "/bin/true", "--wait", "1s"},
		"submit": {"submit", "nobody", "x", "--wait", "1s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				link := new(gearmandtest.Link)
				env, out := farEnv(t, link)
				start := time.Now()
				code := make(chan int)
				go func() { code <- commands.Main(t.Context(), env, argv) }()
				synctest.Wait() // the job waits, and the command for its result
				link.Cut()
				if got, took := <-code, time.Since(start); got == 0 || took < wait || took > 4*wait {
					t.Errorf("exit code %d after %v\n%s", got, took, out)
				}
				if strings.Contains(out.String(), "context ") {
					t.Errorf("the cause is in the words of Go: %s", out)
				}
			})
		})
	}
}

// TestRoundTrips counts what the user waits for on a far link, where a round trip takes a second and the clock is fake.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		argv  []string
		trips int
	}{
		"status":       {[]string{"status"}, 2}, // to dial, and the answer
		"submit":       {[]string{"submit", "-b", "q", "x"}, 2},
		"drain":        {[]string{"drain", "q", "--yes"}, 6},              // status, jobs, acknowledgements, what is left
		"drain --to":   {[]string{"drain", "q", "--yes", "--to", "-"}, 7}, // and before the jobs, all questions and the proof
		"peek":         {[]string{"peek", "q"}, 7},                        // held twice
		"move":         {[]string{"move", "q", "r", "--yes"}, 9},
		"replay":       {[]string{"replay", "-"}, 5}, // the jobs, and three for the marks between them
		"queue create": {[]string{"queue", "create", "new", "newer"}, 2},
		"queue drop":   {[]string{"queue", "drop", "e", "f", "--yes"}, 4}, // finds, looks, drops and looks again
		"queue gc":     {[]string{"queue", "gc", "--empty", "--all", "--yes"}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				link := &gearmandtest.Link{}
				env, out := farEnv(t, link)
				for range 3 {
					env.Stdin = strings.NewReader(strings.Repeat("x\n", 100))
					commands.Main(t.Context(), env, []string{"submit", "-b", "q", "--lines"})
				}
				commands.Main(t.Context(), env, []string{"queue", "create", "e", "f"})
				env.Stdin = strings.NewReader(`{"v":1,"queue":"q","handle":"H:1","unique":"a","data":"eA=="}` + "\n" + `{"v":1,"end":true,"records":1,"acknowledged":1}`)
				synctest.Wait() // the connections so far have ended
				link.Delay = 500 * time.Millisecond
				start := time.Now()
				if code := commands.Main(t.Context(), env, c.argv); code != 0 {
					t.Errorf("exit code %d\n%s", code, out)
				}
				if took := time.Since(start); took != time.Duration(c.trips)*time.Second {
					t.Errorf("took %v, want %d round trips", took, c.trips)
				}
			})
		})
	}
}

// farEnv returns an environment whose server is the embedded one at the other end of a link.
func farEnv(t *testing.T, link *gearmandtest.Link) (*cli.Env, *servertest.Buffer) {
	listener, dial := link.Memory()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- jobserver.New(jobserver.Options{}).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		waittest.Receive(t, "the embedded server ends", served)
		time.Sleep(time.Hour) // of the bubble's time: what is on its way arrives
	})
	env, out := commandtest.Env(), new(servertest.Buffer)
	env.Stdout, env.Stderr, env.NetDial = out, out, dial
	env.Getenv = func(string) string { return "" }
	return env, out
}
