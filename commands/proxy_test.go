package commands

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/modgearman"
)

// routesOf makes routes of words such as a/q=b/q.
func routesOf(t *testing.T, text string) (routes []*proxyRoute) {
	t.Helper()
	for word := range strings.FieldsSeq(text) {
		s, err := routeOfFlag(word)
		if err != nil {
			t.Fatal(err)
		}
		r := &proxyRoute{}
		if r.from, err = parseEndpoint(s.From, ""); err != nil {
			t.Fatal(err)
		}
		if r.to, err = parseEndpoint(s.To, ""); err != nil {
			t.Fatal(err)
		}
		routes = append(routes, r)
	}
	return routes
}

func TestCirclesOfRoutes(t *testing.T) {
	for _, c := range []struct {
		routes string
		same   string // addresses of one server
		want   string
	}{
		{"a/q=b/q b/r=a/r", "", ""},
		{"a/q=b/q b/q=c/q c/q=d/q", "", ""},
		{"a/q=b/q b/q=a/q", "", "circle: a:4730/q -> b:4730/q, b:4730/q -> a:4730/q"},
		{"a/q=b/q b/q=c/q c/q=b/q", "", "circle: b:4730/q -> c:4730/q, c:4730/q -> b:4730/q"},
		{"a/q=a/q", "", "circle"},
		{"a/q=b/q", "a b", "circle: a:4730/q -> b:4730/q (a:4730 and b:4730 are the same server)"},
		{"a/q=b/r", "a b", ""},
		{"a/q=b/q b/r=c/r c/s=a/t", "a c", ""},
		{"a/q=b/q b/q=c/q", "a c", "circle: a:4730/q -> b:4730/q, b:4730/q -> c:4730/q (a:4730 and c:4730 are the same server)"},
		{"a/q=b/q a/q=c/q", "", "two routes take from one queue"},
		{"a/q=b/q c/q=d/q", "a c", "two routes take from one queue: a:4730/q -> b:4730/q, and c:4730/q -> d:4730/q (a:4730 and c:4730 are the same server)"},
		{"[::1]/q=[::1]:4731/q", "", ""},
	} {
		f := newCircleFinder(processEnv(), routesOf(t, c.routes), nil)
		if a, b, ok := strings.Cut(c.same, " "); ok {
			f.join(a+":4730", b+":4730")
		}
		got := fmt.Sprint(f.circle())
		if c.want == "" && got != "<nil>" || !strings.Contains(got, c.want) {
			t.Errorf("%s, same %q: got %s, want %q", c.routes, c.same, got, c.want)
		}
	}
}

func testKey(t *testing.T, password string) modgearman.Key {
	t.Helper()
	k, err := modgearman.NewKey([]byte(password))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatBecomesOfPayloads(t *testing.T) {
	inner, outer := testKey(t, "inner secret"), testKey(t, "outer secret")
	service := "type=service\nresult_queue=check_results\nhost_name=h\nservice_description=s\ntimeout=1\ncommand_line=x result_queue=y\n\n\n"
	moved := strings.Replace(service, "=check_results", "=dmz", 1)
	host := strings.Replace(service, "type=service", "type=host", 1)
	perfdata := "DATATYPE::HOSTPERFDATA\tTIMET::1\n"
	encode := func(text string, key modgearman.Key) string {
		b, err := modgearman.Encode([]byte(text), key)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	none := modgearman.Key{}
	keys := []modgearman.Key{inner}
	for _, c := range []struct {
		name     string
		recoder  recoder
		in, out  string
		priority string
		err      string
	}{
		{"as it is", recoder{}, "anything", "anything", "", ""},
		{"kind in clear", recoder{}, encode(service, none), encode(service, none), "low", ""},
		{"no key for the kind", recoder{}, encode(service, inner), encode(service, inner), "", ""},
		{"kind by key", recoder{decrypt: keys}, encode(host, inner), encode(host, inner), "normal", ""},
		{"the route's priority", recoder{decrypt: keys, priority: wire.PriorityHigh}, encode(service, inner), encode(service, inner), "high", ""},
		{"a probe", recoder{decrypt: keys, encode: true, encrypt: outer}, "check", "check", "high", ""},
		{"another key", recoder{decrypt: keys, encode: true, encrypt: outer}, encode(perfdata, inner), encode(perfdata, outer), "normal", ""},
		{"into clear", recoder{decrypt: keys, encode: true}, encode(service, inner), encode(service, none), "low", ""},
		{"out of clear", recoder{encode: true, encrypt: outer}, encode(service, none), encode(service, outer), "low", ""},
		{"in clear where a key is wanted", recoder{decrypt: keys, encode: true, encrypt: outer}, encode(service, none), "", "", "it is not encrypted"},
		{"the wrong key", recoder{decrypt: keys, encode: true, encrypt: outer}, encode(service, outer), "", "", "encrypted with another key"},
		{"no job of Mod-Gearman", recoder{encode: true, encrypt: outer}, "{}", "", "", "not base64"},
		{"result queue", recoder{resultQueue: "dmz", decrypt: keys}, encode(service, inner), encode(moved, inner), "low", ""},
		{"result queue and key", recoder{resultQueue: "dmz", decrypt: keys, encode: true, encrypt: outer}, encode(service, inner), encode(moved, outer), "low", ""},
		{"result queue in clear", recoder{resultQueue: "dmz"}, encode(service, none), encode(moved, none), "low", ""},
		{"without result queue", recoder{resultQueue: "dmz", decrypt: keys}, encode(perfdata, inner), encode(perfdata, inner), "normal", ""},
	} {
		out, priority, err := c.recoder.recode([]byte("kept"), []byte(c.in))
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) || string(out) != "kept" {
				t.Errorf("%s: got %q, %v, want %q", c.name, out, err, c.err)
			}
		case err != nil || string(out) != "kept"+c.out || priority.String() != c.priority:
			t.Errorf("%s: got %q, %q, %v, want %q, %q", c.name, out, priority, err, c.out, c.priority)
		}
	}
}

func FuzzRouteOfFlag(f *testing.F) {
	f.Add("gm1:4730/perfdata=gm2:4730/perfdata")
	f.Add("[::1]:4730/a b=/c/d")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := routeOfFlag(text)
		if err != nil {
			return
		}
		if s.From+"="+s.To != text {
			t.Errorf("%q: from %q to %q", text, s.From, s.To)
		}
		r, err := s.withDefaults(&proxyOptions{}).route(processEnv(), "localhost:4730")
		if err == nil && (r.from.Queue == "" || strings.Contains(r.from.Queue, "\x00") || wire.CheckFunction(r.to.Queue) != nil || strings.ContainsAny(r.spoolName(), "/\x00.")) {
			t.Errorf("%q: %v in %q", text, r, r.spoolName())
		}
	})
}

func FuzzProxyFile(f *testing.F) {
	f.Add([]byte("spool: s\nroutes:\n  - from: a/q\n    to: b/q\n    sync: true\n    decrypt_key_file: [x, y]\n"))
	f.Add([]byte("routes:\n  - &r {from: a/q, to: b/q}\n  - *r\n"))
	f.Add([]byte("routes: [1]\n---\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := parseProxyFile("f.yaml", b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Errorf("%q: %v names no file", b, err)
			}
			return
		}
		for _, r := range file.Routes {
			if !strings.HasPrefix(r.where("to"), "f.yaml:") {
				t.Errorf("%q: the place of a route is %q", b, r.where("to"))
			}
		}
	})
}

// TestAFullDisk lets the spool's disk become full: jobs wait at the source, and go on when there is room.
func TestAProxyOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mount a small tmpfs: %v (needs root)", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	stuckProxy(t, "--spool", filepath.Join(dir, "spool"))
}

// TestALimitedSpool is the same with --spool-max.
func TestALimitedSpool(t *testing.T) { stuckProxy(t, "--spool", t.TempDir(), "--spool-max", "1MiB") }

// stuckProxy runs a proxy whose target is away until the spool takes no more, stops it, and runs it again with a target.
func stuckProxy(t *testing.T, spool ...string) {
	t.Helper()
	const jobs = 20_000
	from, to := embeddedServer(t), embeddedServer(t)
	lines := strings.ReplaceAll(numbers(jobs), "\n", strings.Repeat(" ", 100)+"\n")
	if r := gearctl(t, lines, "-s", from, "submit", "-b", "-l", "q"); r.code != exitOK {
		t.Fatal(r.stderr)
	}
	away := newCuttable(t, to)
	away.cut()
	said := &proxyWords{}
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan int)
	env := processEnv()
	env.Stderr = said
	go func() {
		done <- Main(ctx, env, append([]string{"proxy", "--timeout", "1s", "--route", from + "/q=" + away.Addr() + "/q"}, spool...))
	}()
	said.wait(t, "jobs wait at the source; trying again")
	cancel(errInterrupted)
	if code := <-done; code != exitOK {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	// What is in the spool is not at the source any more.
	var spooled int64
	if _, after, ok := strings.Cut(said.String(), "carried; "); ok {
		fmt.Sscan(strings.ReplaceAll(after, ",", ""), &spooled)
	}
	if n := queueTotal(t, from, "q"); n == 0 || n+spooled != jobs {
		t.Errorf("the source has %d of %d jobs, the spool %d\n%s", n, jobs, spooled, said)
	}
	away.mend()
	p := startProxy(t, append([]string{"--route", from + "/q=" + away.Addr() + "/q"}, spool...)...)
	waitForTotal(t, to, "q", jobs)
	waitForTotal(t, from, "q", 0)
	if r := p.stop(t); !strings.Contains(r.stderr, "jobs from before in the spool") {
		t.Errorf("stderr: %s", r.stderr)
	}
}

// TestADamagedSpool has a line in the spool that cannot be read: the others go on, and it is told.
func TestADamagedSpool(t *testing.T) {
	from, to, spool := embeddedServer(t), embeddedServer(t), t.TempDir()
	away := newCuttable(t, to)
	away.cut()
	flags := []string{"--timeout", "1s", "--route", from + "/q=" + away.Addr() + "/q", "--spool", spool}
	p := startProxy(t, flags...)
	if r := gearctl(t, "", "-s", from, "submit", "-b", "q", "x"); r.code != exitOK {
		t.Fatal(r.stderr)
	}
	waitForTotal(t, from, "q", 0)
	p.stop(t)
	files, _ := filepath.Glob(spool + "/*/*.jsonl")
	if len(files) != 1 {
		t.Fatalf("the spool has %q", files)
	}
	b, err := os.ReadFile(files[0])
	if err == nil {
		err = os.WriteFile(files[0], append(b, `{"v":1,"broken`+"\n"...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	away.mend()
	p = startProxy(t, flags...)
	waitForTotal(t, to, "q", 1)
	if r := p.stop(t); !strings.Contains(r.stderr, "1 job carried; 1 damaged line of the spool passed over") {
		t.Errorf("stderr: %s", r.stderr)
	}
	if kept, _ := filepath.Glob(spool + "/*/*.damaged"); len(kept) != 1 {
		t.Errorf("kept: %q", kept)
	}
}

func queueTotal(t *testing.T, server, queue string) int64 {
	t.Helper()
	list, err := wire.WithConn(t.Context(), new(wire.Dialer), server, func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
		return c.Status(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	if q := findQueue(list.Rows, queue); q != nil {
		return q.Total
	}
	return 0
}

func TestASourceThatDestroysJobs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- jobserver.New(jobserver.Options{JobRetries: 1}).Serve(ctx, l) }()
	defer func() {
		cancel()
		<-served
	}()
	from, to := l.Addr().String(), embeddedServer(t)
	spool := filepath.Join(t.TempDir(), "spool")
	r := gearctl(t, "", "proxy", "--route", from+"/q="+to+"/q", "--spool", spool)
	if r.code != exitFailed || !strings.Contains(r.stderr, "proxy from "+from) || !strings.Contains(r.stderr, "--accept-risk") {
		t.Errorf("got %+v", r)
	}
	if _, err := os.Stat(spool); err == nil {
		t.Error("it made the spool")
	}
	p := startProxy(t, "--route", from+"/q="+to+"/q", "--spool", spool, "--accept-risk")
	if r := gearctl(t, "", "-s", from, "submit", "-b", "q", "x"); r.code != exitOK {
		t.Fatal(r.stderr)
	}
	waitForTotal(t, to, "q", 1)
	if r := p.stop(t); !strings.Contains(r.stderr, "at risk should this be interrupted") {
		t.Errorf("stderr: %s", r.stderr)
	}
}

// TestAProxyAndThePerlServer carries jobs from and to a server that knows neither unique keys of jobs that it hands out
// nor low priorities, and forgets what a worker holds.
func TestAProxyAndThePerlServer(t *testing.T) {
	perl, embedded := gearmandtest.StartPerl(t), embeddedServer(t)
	low := gearctl(t, "", "payload", "encode", "--type", "service", "--host", "h", "--service", "s", "--command", "c", "--target-queue", "q", "--no-encryption")
	for _, way := range [][2]string{{embedded, perl}, {perl, embedded}} {
		p := startProxy(t, "--route", way[0]+"/q="+way[1]+"/r", "--spool", t.TempDir(), "--accept-risk")
		if r := gearctl(t, low.stdout+"a\nb\n", "-s", way[0], "submit", "-b", "-l", "q"); r.code != exitOK {
			t.Fatal(r.stderr)
		}
		waitForTotal(t, way[1], "r", 3)
		p.stop(t)
		if r := gearctl(t, "", "-s", way[1], "drain", "r", "--yes", "-o", "raw"); strings.Count(r.stdout, "\n") != 3 {
			t.Errorf("from %s to %s: got %q", way[0], way[1], r.stdout)
		}
	}
}

// TestAJobThatCannotBePutAsideIsKept: a synchronous route does not fail a job that it can neither decode nor write to the
// spool; the job goes back to its queue when the proxy is stopped, which is no failure.
func TestAJobThatCannotBePutAsideIsKept(t *testing.T) {
	a, b := embedded(t, ""), embedded(t, "")
	for range 2 { // the first fills the spool
		submitTo(t, a, "q", strings.Repeat("never encoded", 1<<17))
	}
	p := start(t, "proxy", "--route", a+"/q="+b+"/q", "--sync", "--decrypt-key-file", keyFile(t), "--no-encryption", "--spool", t.TempDir(), "--spool-max", "1MiB")
	p.says(", its limit: the job waits at the source; trying again", 1)
	if code := p.stop(); code != exitOK {
		t.Errorf("code %d", code)
	}
	until(t, "it waits again", func() bool { q := queueOf(t, a, "q"); return q.Total == 1 && q.Running == 0 })
}
