package commands_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/modgearman"
	"gearctl/wire/waittest"
)

// sites are two servers, the first with TLS and the second without, and their contexts with a key each.
type sites struct {
	secure, plain string
	dir           string
	change        func(*cli.Env)
}

func newSites(t *testing.T) *sites {
	t.Helper()
	s := &sites{dir: t.TempDir()}
	servertest.WriteCertificate(t, s.dir)
	cert, err := tls.LoadX509KeyPair(filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	s.secure = servertest.Start(t, "127.0.0.1:0", jobserver.Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	s.plain = servertest.Embedded(t)
	a, b := servertest.WriteFile(t, s.dir+"/a.key", "the key of the first site\n"), servertest.WriteFile(t, s.dir+"/b.key", "the key of the second site\n")
	s.change = commandtest.Contexts(t, fmt.Sprintf(`contexts:
  a: {servers: %q, tls: {ca: %s/cert.pem}, key_file: %s, labels: {site: a}, timeout: 8s}
  b: {servers: %q, key_file: %s, labels: {site: b}, timeout: 9s}
  all: {group: [a, b]}
`, s.secure, s.dir, a, s.plain, b))
	return s
}

// on returns the context and the key of a server.
func (s *sites) on(t *testing.T, server string) (name string, key modgearman.Key) {
	t.Helper()
	text := "the key of the first site"
	name = "a"
	if server == s.plain {
		name, text = "b", "the key of the second site"
	}
	key, err := modgearman.NewKey([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return name, key
}

func (s *sites) run(t *testing.T, argv ...string) commandtest.Run {
	t.Helper()
	return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), s.change, argv...)
}

// each calls f for both servers.
func (s *sites) each(f func(server string)) {
	f(s.secure)
	f(s.plain)
}

// dial connects to a server as its context says.
func (s *sites) dial(t *testing.T, server string) *wire.Conn {
	t.Helper()
	d := new(wire.Dialer)
	if server == s.secure {
		c, err := (wire.TLSFiles{CA: s.dir + "/cert.pem"}).Config()
		if err != nil {
			t.Fatal(err)
		}
		d.TLS = c
	}
	c, err := d.Dial(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestAGroupAsksEachMemberInItsWay: status, workers, version, exporter, health and doctor reach a server with TLS and one
// without in one run.
func TestAGroupAsksEachMemberInItsWay(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	s.each(func(server string) {
		name, _ := s.on(t, server)
		commandtest.WantRun(t, s.run(t, "--context", name, "queue", "create", "queue_of_"+name), 0)
	})
	for line, code := range map[string]int{"status": 0, "version": 0, "exporter --textfile -": 0, "health --allow-empty -o json": 0, "doctor --read-only --root " + t.TempDir(): 4} {
		got := s.run(t, append([]string{"--context", "all"}, strings.Fields(line)...)...)
		if got.Code != code || !strings.Contains(got.Stdout, s.secure) || !strings.Contains(got.Stdout, s.plain) || strings.Contains(got.Stdout, "cannot be reached") {
			t.Errorf("%s: want exit code %d and both servers, got %+v", line, code, got)
		}
	}
	if got := s.run(t, "--context", "all", "status"); !strings.Contains(got.Stdout, "queue_of_a") || !strings.Contains(got.Stdout, "queue_of_b") {
		t.Errorf("status: got %+v", got)
	}
	if got := s.run(t, "-s", s.secure, "status"); got.Code == 0 {
		t.Errorf("without the context the server needs --tls, got %+v", got)
	}
	if got := s.run(t, "--context", "all", "--tls-insecure", "status"); got.Code != commandtest.ExitPartial {
		t.Errorf("--tls-insecure on the line is for all servers: want exit code 4, got %+v", got)
	}
}

// TestAHintForAMemberWorks: the line that an error prints for one server of a group reaches that.
func TestAHintForAMemberWorks(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	s.each(func(server string) {
		name, _ := s.on(t, server)
		got := s.run(t, "--context", "all", "queue", "limit", "nosuch", "5")
		var found bool
		for _, line := range hintLines(got.Stderr) {
			if strings.HasPrefix(line, "--context "+name+" queue create") {
				found = true
				commandtest.WantRun(t, s.run(t, strings.Fields(line)...), 0)
			}
		}
		if !found {
			t.Errorf("no line for %s: %+v", name, got)
		}
	})
}

// TestAGroupUsesTheKeyOfEachMember: results of both sites are decoded in one run, and with the key of one only those of one.
func TestAGroupUsesTheKeyOfEachMember(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	send := func(t *testing.T) {
		s.each(func(server string) {
			name, _ := s.on(t, server)
			commandtest.WantRun(t, s.run(t, "--context", name, "result", "send", "--host", "host_"+name, "--message", "m", "--returncode", "0", "--queue", "results"), 0)
		})
	}
	send(t)
	if got := s.run(t, "--context", "all", "peek", "results", "-o", "jsonl"); !strings.Contains(got.Stdout, "host_a") || !strings.Contains(got.Stdout, "host_b") {
		t.Errorf("peek: got %+v", got)
	}
	got := s.run(t, "--context", "all", "result", "tail", "results", "--once", "--yes", "-o", "jsonl")
	if got.Code != 0 || !strings.Contains(got.Stdout, `"host":"host_a"`) || !strings.Contains(got.Stdout, `"host":"host_b"`) {
		t.Errorf("result tail: got %+v", got)
	}
	send(t)
	wrong := s.run(t, "--context", "all", "--key-file", s.dir+"/a.key", "result", "tail", "results", "--once", "--yes", "-o", "jsonl")
	if strings.Contains(wrong.Stdout, `"host":"host_b"`) {
		t.Errorf("--key-file is stronger than the contexts, got %+v", wrong)
	}
	s.each(func(server string) {
		_, key := s.on(t, server)
		j := firstJob(t, s.dial(t, server), "check_results")
		if j != nil {
			t.Errorf("%s: unexpected job, key %v", server, key)
		}
	})
	if got := s.run(t, "--context", "all", "result", "send", "--host", "h", "--message", "m", "--returncode", "0", "--all", "--queue", "copies"); got.Code != 0 {
		t.Errorf("result send --all: got %+v", got)
	}
	s.each(func(server string) {
		name, key := s.on(t, server)
		j := firstJob(t, s.dial(t, server), "copies")
		if j == nil {
			t.Fatalf("%s got no copy", name)
		}
		if _, err := modgearman.Decode(j, key); err != nil {
			t.Errorf("the copy for %s is not encrypted with its key: %v", name, err)
		}
	})
}

// firstJob takes a job of a queue, nil if there is none.
func firstJob(t *testing.T, c *wire.Conn, queue string) (workload []byte) {
	t.Helper()
	_, err := c.Take(t.Context(), &wire.Take{Function: queue, Answer: wire.AnswerComplete, AckImmediately: true, Max: 1, Job: func(j wire.Job) error {
		workload = []byte(string(j.Workload))
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return workload
}

// TestAGroupChecksWithTheKeyOfEachMember sends checks to workers of both sites, each with the key of its site.
func TestAGroupChecksWithTheKeyOfEachMember(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan commandtest.Run, 2)
	s.each(func(server string) {
		name, _ := s.on(t, server)
		go func() {
			ended <- commandtest.GearctlEnv(ctx, strings.NewReader(""), s.change, "--context", name, "check", "work", "--hosts", "--allow-root", "--identifier", "worker_of_"+name)
		}()
	})
	defer func() {
		cancel(commandtest.Interrupted)
		<-ended
		<-ended
	}()
	waitServed := func(name string) {
		waittest.Return(t, "the worker of "+name+" is there", func() {
			for t.Context().Err() == nil && !strings.Contains(s.run(t, "--context", name, "workers", "-o", "jsonl").Stdout, `"host"`) {
			}
		})
	}
	waitServed("a")
	waitServed("b")
	got := s.run(t, "--context", "all", "health", "host", "--end-to-end", "--storage=false", "--timeout", "20s", "-o", "json")
	if got.Code != 0 || strings.Count(got.Stdout, "back after") < 2 {
		t.Errorf("health --end-to-end: a check must come back from both sites: %+v", got)
	}
	for _, order := range []string{"a", "b"} {
		got := s.run(t, "--context", order, "check", "host", "h", "--command", "/bin/echo hello", "--wait", "10s")
		if got.Code != 0 || !strings.Contains(got.Stdout, "hello") {
			t.Errorf("check of %s: got %+v", order, got)
		}
	}
	if got := s.run(t, "--context", "all", "check", "host", "h", "--command", "/bin/echo hello", "--wait", "10s"); got.Code != 0 || !strings.Contains(got.Stdout, "hello") {
		t.Errorf("check of the group: got %+v", got)
	}
	if got := s.run(t, "--context", "all", "check", "host", "h", "--command", "true"); got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, "a and b have different keys") {
		t.Errorf("copies without --wait are encoded once: want exit code 2, got %+v", got)
	}
}
