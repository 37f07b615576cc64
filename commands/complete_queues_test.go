package commands_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

func TestCompleteOffersQueuesWithWhatIsInThem(t *testing.T) {
	t.Parallel()
	a := servertest.StartStatus(t, "beta\t12345\t5\t1\nal pha\t0\t0\t0\n-dash\t1\t0\t0\n\t1\t0\t0\nbell\a\t1\t0\t0\ntab\tbed\t1\t0\t0\nraw\xff\t1\t0\t0\n")
	b := servertest.StartStatus(t, "gamma\t1\t1\t2\nbeta\t2\t1\t3\n")
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
		r := commandtest.Gearctl(t, "", append([]string{"__complete"}, c.words...)...)
		if r.Stdout != c.want || r.Stderr != "" || r.Code != 0 {
			t.Errorf("%q TAB: got %+v, want %q", c.words, r, c.want)
		}
	}
}

func TestCompleteTakesTheServerOfTheEnvironment(t *testing.T) {
	t.Setenv("GEARCTL_SERVER", servertest.StartStatus(t, "alpha\t1\t0\t0\n"))
	if got := complete(t, "status", ""); !slices.Equal(got, []string{"alpha"}) {
		t.Errorf("got %q", got)
	}
}

func TestCompleteSurvivesEveryServer(t *testing.T) {
	t.Parallel()
	for what, h := range servertest.Hostilities {
		addr, stop, err := servertest.StartHostile(h)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		got := complete(t, "-s", addr, "drain", "")
		if d := time.Since(start); d > 4*time.Second {
			t.Errorf("%s: took %v", what, d)
		}
		if slices.ContainsFunc(got, func(v string) bool { return strings.ContainsAny(v, "\x1b\a") }) {
			t.Errorf("%s: offers %q", what, got)
		}
		stop()
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
	silent, stop, err := servertest.StartHostile(servertest.Hostilities["silent"])
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	addr := servertest.StartStatus(t, "alpha\t1\t0\t0\n")
	if got := complete(t, "-s", silent, "-s", addr, "status", ""); !slices.Equal(got, []string{"alpha"}) {
		t.Errorf("got %q", got)
	}
}
