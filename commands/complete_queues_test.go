package commands_test

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// completion is __complete with servers in memory, in fake time: a real server may take longer to answer than completion
// waits for it.
func completion(t *testing.T, servers map[string]servertest.Hostility, words ...string) (r commandtest.Run) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r = commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
			commandtest.Piped(servers)(e)
			e.Getenv = func(name string) string { return map[string]string{"GEARCTL_SERVER": "env:4730"}[name] }
		}, append([]string{"__complete"}, words...)...)
		time.Sleep(time.Minute) // of the bubble: the servers notice that the client has left
	})
	return r
}

// listing answers every admin command with lines.
func listing(lines string) servertest.Hostility {
	return servertest.AfterRequest(func(c net.Conn) {
		io.WriteString(c, lines+".\n")
		io.Copy(io.Discard, c)
	})
}

func TestCompleteOffersQueuesWithWhatIsInThem(t *testing.T) {
	t.Parallel()
	const a, b = "a:4730", "b:4730"
	servers := map[string]servertest.Hostility{a: listing("beta\t12345\t5\t1\nal pha\t0\t0\t0\n-dash\t1\t0\t0\n\t1\t0\t0\nbell\a\t1\t0\t0\ntab\tbed\t1\t0\t0\nraw\xff\t1\t0\t0\n"), b: listing("gamma\t1\t1\t2\nbeta\t2\t1\t3\n")}
	all := "al pha\t0 waiting, 0 workers\nbeta\t12,341 waiting, 4 workers\ngamma\t0 waiting, 2 workers\n"
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"-s", a, "-s", b, "status", ""}, all},
		{[]string{"status", "--server=" + a + "," + b, ""}, all},
		{[]string{"status", "-s", a, "-qs", b, "--watch", "--bogus", ""}, all},
		{[]string{"-s", a, "status", "al p"}, "al pha\t0 waiting, 0 workers\n"},
		{[]string{"-s", a, "status", "AL"}, ""},
		{[]string{"-s", b, "drain", "gamma", ""}, "beta\t1 waiting, 3 workers\n"},
		{[]string{"-s", b, "submit", "ga"}, "gamma\t0 waiting, 2 workers\n"},
		{[]string{"-s", b, "submit", "gamma", "be"}, ""},
		{[]string{"-s", a, "drain", "--", "-d"}, "-dash\t1 waiting, 0 workers\n"},
		{[]string{"-s", a, "--trace", "status", "be"}, "beta\t12,340 waiting, 1 worker\n"},
		{[]string{"-s", a, "-o", "nonsense", "status", "be"}, "beta\t12,340 waiting, 1 worker\n"},
		{[]string{"-s", a, "--timeout", "nonsense", "status", "be"}, ""},
		{[]string{"-s", a, "--timeout", "0s", "status", "be"}, ""},
		{[]string{"-s", a, "--tls-ca", "nosuch.pem", "status", "be"}, ""},
		{[]string{"-s", "127.0.0.1:1", "status", ""}, ""},
		{[]string{"-s", "127.0.0.1:1", "-s", b, "status", "g"}, "gamma\t0 waiting, 2 workers\n"},
		{[]string{"-s", ":::", "status", ""}, ""},
		{[]string{"help", "-s", b, "status", ""}, ""},
	} {
		r := completion(t, servers, c.words...)
		if r.Stdout != c.want || r.Stderr != "" || r.Code != 0 {
			t.Errorf("%q TAB: got %+v, want %q", c.words, r, c.want)
		}
	}
}

func TestCompleteTakesTheServerOfTheEnvironment(t *testing.T) {
	t.Parallel()
	servers := map[string]servertest.Hostility{"env:4730": listing("alpha\t1\t0\t0\n")}
	if r := completion(t, servers, "status", ""); !strings.HasPrefix(r.Stdout, "alpha\t") {
		t.Errorf("got %+v", r)
	}
}

func TestCompleteSurvivesEveryServer(t *testing.T) {
	t.Parallel()
	for what, h := range servertest.Hostilities {
		addr := servertest.StartBad(t, h)
		start := time.Now()
		got := complete(t, "-s", addr, "drain", "")
		if d := time.Since(start); d > 4*time.Second {
			t.Errorf("%s: took %v", what, d)
		}
		if slices.ContainsFunc(got, func(v string) bool { return strings.ContainsAny(v, "\x1b\a") }) {
			t.Errorf("%s: offers %q", what, got)
		}
	}
}

// TestCompleteWaitsAMoment measures the wait for a silent server in fake time.
func TestCompleteWaitsAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		link := new(gearmandtest.Link)
		env, out := farEnv(t, link)
		link.Cut()
		start := time.Now()
		code := commands.Main(t.Context(), env, []string{"__complete", "drain", ""})
		if took := time.Since(start); code != 0 || took != 300*time.Millisecond {
			t.Errorf("exit code %d after %v: %s", code, took, out)
		}
	})
}

func TestCompleteHasTheAnswersOfOthersWhenAServerIsSilent(t *testing.T) {
	t.Parallel()
	servers := map[string]servertest.Hostility{"silent:4730": servertest.Hostilities["silent"], "gm:4730": listing("alpha\t1\t0\t0\n")}
	if r := completion(t, servers, "-s", "silent", "-s", "gm", "status", ""); !strings.HasPrefix(r.Stdout, "alpha\t") {
		t.Errorf("got %+v", r)
	}
}
